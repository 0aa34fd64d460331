import type { Observation } from '../../../model/observation.ts';
import { isVital, VITALS } from '../../../model/vital.ts';
import { vitalLabel, vitalName, vitalUnit, vitalValue } from '../../text/quantities.ts';
import { text } from '../../text/text.ts';
import type { ObservationFault } from './observation-draft.ts';

/** The possible range as a person reads it: `more than 0, less than 300 /min`. */
export function rangeText(vital: string): string {
  if (!isVital(vital)) return '';
  const { min, max } = VITALS[vital];
  const { above, from, below, upTo } = text.patient.observations.range;
  const low = min.inclusive ? from(min.value) : above(min.value);
  const high = max === null ? '' : max.inclusive ? upTo(max.value) : below(max.value);
  return `${[low, high].filter((part) => part !== '').join(', ')} ${vitalUnit(vital)}`;
}

/** Field, value, and what it must be. */
export function faultText(fault: ObservationFault): string {
  const words = text.patient.observations.faults;
  switch (fault.kind) {
    case 'no_number':
      return words.no_number(vitalName(fault.field), fault.entered);
    case 'impossible':
      return words.impossible(vitalName(fault.field), fault.entered, rangeText(fault.field));
    default:
      return words[fault.kind];
  }
}

/** What was entered, in one line. */
export function observationText({ values, oxygen, consciousness }: Observation): string {
  const measured = Object.entries(values).map(
    ([vital, value]) => `${vitalLabel(vital)} ${vitalValue(vital, value)} ${vitalUnit(vital)}`,
  );
  return [
    ...measured,
    ...(oxygen === null ? [] : [text.patient.oxygen[oxygen]]),
    ...(consciousness === null ? [] : [text.patient.consciousness[consciousness]]),
  ].join(', ');
}
