import { useState } from 'preact/hooks';
import { Button } from '../../shell/button.tsx';
import { text } from '../../text/text.ts';
import type { ListReading } from './use-list.ts';

const STEP = 100;

/** How many rows of a long table are drawn, and a way to draw more. */
export function useShown(): { readonly shown: number; readonly showMore: () => void } {
  const [shown, setShown] = useState(STEP);
  return { shown, showMore: () => setShown((before) => before + STEP) };
}

interface MoreRowsProps {
  /** Read, and not drawn. */
  readonly left: number;
  readonly showMore: () => void;
  readonly list: ListReading<unknown>;
}

/** Below a table: that there is more, of what was read and of what was not. */
export function MoreRows({ left, showMore, list }: MoreRowsProps) {
  const { answer, more } = list;
  return (
    <>
      {left > 0 && (
        <p>
          <Button onClick={showMore}>{text.admin.show_more(left)}</Button>
        </p>
      )}
      {answer !== null && answer.next !== null && (
        <p>
          {text.admin.not_all(answer.entries.length)} <Button onClick={more}>{text.admin.read_more}</Button>
        </p>
      )}
    </>
  );
}
