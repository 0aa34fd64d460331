import { type Alarm, vitalsConcerned } from '../../model/alarm.ts';
import type { VitalCell } from './vital-cells.ts';

/** The worst alarm that is about a cell; null: none is. @param alarms worst first */
export function alarmOfCell({ vitals }: VitalCell, alarms: readonly Alarm[]): Alarm | null {
  return alarms.find((alarm) => vitalsConcerned(alarm).some((vital) => vitals.includes(vital))) ?? null;
}

/** The cells that have room, in their order: what alarms are about before what they are not. */
export function chosenCells(
  cells: readonly VitalCell[],
  alarms: readonly Alarm[],
  most: number,
): readonly VitalCell[] {
  if (cells.length <= most) return cells;
  const pressing = (cell: VitalCell): number => Number(alarmOfCell(cell, alarms) === null);
  const chosen = new Set(cells.toSorted((a, b) => pressing(a) - pressing(b)).slice(0, most));
  return cells.filter((cell) => chosen.has(cell));
}
