import { useEffect, useRef, useState } from 'preact/hooks';
import { useConsole } from '../../console-parts.ts';
import { Problem } from '../../server/problem.ts';

/** What the server said last, and whether it goes on saying it. */
export interface Reading<Answer> {
  /** Null: nothing was read yet of what is asked for now. */
  readonly answer: Answer | null;
  /** When `answer` came, by the server's clock; epoch ms. */
  readonly readAt: number;
  /** Why the last attempt failed; null: it did not. */
  readonly problem: Problem | null;
  /** Reads at once. */
  readonly again: () => void;
}

interface Known<Answer> {
  readonly key: string;
  readonly answer: Answer | null;
  readonly readAt: number;
  readonly problem: Problem | null;
}

/**
 * Reads, and reads again `everyMs` after each answer. What was read stays when a later attempt fails, until something else
 * is asked for.
 * @param key of what is asked for @param read must be the same for the same key
 */
export function useReading<Answer>(
  key: string,
  read: (signal: AbortSignal) => Promise<Answer>,
  everyMs: number,
): Reading<Answer> {
  const { clock } = useConsole();
  const [known, setKnown] = useState<Known<Answer>>({ key, answer: null, readAt: 0, problem: null });
  const [asked, setAsked] = useState(0);
  const reading = useRef(read);
  reading.current = read;
  useEffect(() => {
    const gone = new AbortController();
    let next: ReturnType<typeof setTimeout> | undefined;
    const once = async (): Promise<void> => {
      try {
        const answer = await reading.current(gone.signal);
        if (gone.signal.aborted) return;
        setKnown({ key, answer, readAt: clock.exact(), problem: null });
      } catch (error) {
        if (gone.signal.aborted) return;
        if (!(error instanceof Problem)) throw error;
        setKnown((before) =>
          before.key === key
            ? { ...before, problem: error }
            : { key, answer: null, readAt: 0, problem: error },
        );
      }
      next = setTimeout(() => void once(), everyMs);
    };
    void once();
    return () => {
      gone.abort();
      clearTimeout(next);
    };
  }, [key, asked, everyMs, clock]);
  const { answer, readAt, problem } = known.key === key ? known : { answer: null, readAt: 0, problem: null };
  return { answer, readAt, problem, again: () => setAsked((times) => times + 1) };
}
