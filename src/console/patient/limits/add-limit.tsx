import { useState } from 'preact/hooks';
import { COURSES, DIRECTIONS } from '../../../model/limit.ts';
import { VITAL_NAMES } from '../../../model/vital.ts';
import { Button } from '../../shell/button.tsx';
import { text } from '../../text/text.ts';
import { targetName } from './limit-words.ts';

/** Skin temperature is never alarmed as core temperature (clinical rule: catalogue). */
const LIMITED = VITAL_NAMES.filter((vital) => vital !== 'skin_temp');
const SENSES = [...DIRECTIONS, ...COURSES];

interface AddLimitProps {
  /** Targets that have a limit: they are changed, not added. */
  readonly known: readonly string[];
  readonly onAdd: (target: string) => void;
}

/** Chooses a target that nothing is chosen for yet. */
export function AddLimit({ known, onAdd }: AddLimitProps) {
  const free = LIMITED.flatMap((vital) => SENSES.map((sense) => `${vital}:${sense}`)).filter(
    (target) => !known.includes(target),
  );
  const [chosen, setChosen] = useState('');
  const target = free.includes(chosen) ? chosen : (free[0] ?? '');
  return (
    <div class="add-limit">
      <label>
        {text.limits.add_label}{' '}
        <select value={target} onChange={({ currentTarget }) => setChosen(currentTarget.value)}>
          {free.map((one) => (
            <option value={one} key={one}>
              {targetName(one)}
            </option>
          ))}
        </select>
      </label>{' '}
      <Button onClick={() => onAdd(target)} disabled={target === ''}>
        {text.limits.add}
      </Button>
    </div>
  );
}
