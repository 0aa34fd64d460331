import { isVital, VITALS } from '../../model/vital.ts';
import { text } from './text.ts';

/** What a vital is called in full. */
export function vitalName(vital: string): string {
  return isVital(vital) ? text.vitals[vital] : vital;
}

/** What a tile calls it, e.g. `SpO2`. */
export function vitalLabel(vital: string): string {
  return isVital(vital) ? VITALS[vital].label : vital;
}

/** Its unit as people write it; the catalogue's are UCUM. */
export function vitalUnit(vital: string): string {
  if (!isVital(vital)) return '';
  const { unit } = VITALS[vital];
  return (text.vitals.units as Readonly<Record<string, string>>)[unit] ?? unit;
}

/** A value with the decimals that its vital is shown with. */
export function vitalValue(vital: string, value: number): string {
  return isVital(vital) ? value.toFixed(VITALS[vital].decimals) : String(value);
}
