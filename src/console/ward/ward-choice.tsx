import { useLocation } from 'wouter-preact';
import { text } from '../text/text.ts';

/** In the address, so that a screen that is started anew shows the same ward. */
const QUERY = 'ward';

/** The ward that the address asks for; null: all of them. */
export function chosenWard(search: string, wards: readonly string[]): string | null {
  const asked = new URLSearchParams(search).get(QUERY);
  return asked !== null && wards.includes(asked) ? asked : null;
}

interface WardChoiceProps {
  readonly wards: readonly string[];
  readonly chosen: string | null;
  /** How many patients that is. */
  readonly shown: number;
}

export function WardChoice({ wards, chosen, shown }: WardChoiceProps) {
  const [, navigate] = useLocation();
  const choose = (ward: string): void =>
    navigate(ward === '' ? '/' : `/?${new URLSearchParams({ [QUERY]: ward })}`, { replace: true });
  return (
    <div class="ward-choice">
      <label>
        {text.ward.choose}{' '}
        <select value={chosen ?? ''} onChange={(event) => choose(event.currentTarget.value)}>
          <option value="">{text.ward.all_wards}</option>
          {wards.map((ward) => (
            <option value={ward} key={ward}>
              {text.ward.ward(ward)}
            </option>
          ))}
        </select>
      </label>
      <span class="quiet">{text.ward.patients(shown)}</span>
    </div>
  );
}
