import { type FigureStep, figureSteps } from '../alarms/key-figure-steps.ts';
import { type KeyFigures, keyFigures } from '../alarms/key-figures.ts';
import type { Bus } from '../bus/bus.ts';
import type { EpochMs } from '../core/clock.ts';
import { CodedError } from '../core/coded-error.ts';
import type { Alarm } from '../model/alarm.ts';
import type { Cursor, PatientId } from '../model/ids.ts';

/** Events asked for at once: the log's thread also writes, and is not to be held up. */
const PAGE = 1_000;
/** Patients asked for at once. */
const PATIENTS = 20;
/** Steps that one answer is made from at most. */
export const MAX_FIGURE_STEPS = 200_000;
/** Events are logged when the disk has them: later than they happened, and no later than this. */
const LOGGED_WITHIN_MS = 60_000;
/** Alarms of one patient that live at the same time; there is one for each condition. */
const MAX_STANDING = 1_000;

export interface FigureRange {
  readonly from: EpochMs;
  readonly to: EpochMs;
}

export interface FigureSteps {
  readonly steps: readonly FigureStep[];
  /** The rest is left out: there were more than `MAX_FIGURE_STEPS`. */
  readonly truncated: boolean;
}

/** What of the alarm log counts for the key figures of these patients. @throws CodedError `overloaded` (by `signal`) */
export async function readFigureSteps(
  bus: Pick<Bus, 'alarmEvents'>,
  patients: readonly PatientId[],
  { from, to }: FigureRange,
  signal?: AbortSignal,
): Promise<FigureSteps> {
  const steps: FigureStep[] = [];
  for (let first = 0; first < patients.length; first += PATIENTS) {
    const asked = patients.slice(first, first + PATIENTS);
    let after: Cursor | null = null;
    for (;;) {
      goOn(signal);
      const query = { patients: asked, from, to: to + LOGGED_WITHIN_MS, after, limit: PAGE };
      const { events, complete } = await bus.alarmEvents(query);
      for (const event of events) steps.push(...figureSteps(event));
      if (steps.length > MAX_FIGURE_STEPS)
        return { steps: steps.slice(0, MAX_FIGURE_STEPS), truncated: true };
      if (complete) break;
      after = events.at(-1)?.cursor ?? after;
    }
  }
  return { steps, truncated: false };
}

function goOn(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new CodedError('overloaded', 'nobody waits for the figures any more');
}

/**
 * The key figures of these patients together, read from the alarm log (clinical rule 10).
 * @throws CodedError `overloaded` (by `signal`)
 */
export async function readKeyFigures(
  bus: Pick<Bus, 'alarmEvents' | 'alarmHistory'>,
  patients: readonly PatientId[],
  range: FigureRange,
  signal?: AbortSignal,
): Promise<KeyFigures & { readonly truncated: boolean }> {
  const { from, to } = range;
  const standing: Alarm[] = [];
  for (const patient of patients) {
    goOn(signal);
    standing.push(...(await bus.alarmHistory({ patient, from, to: from + 1, limit: MAX_STANDING })));
  }
  const { steps, truncated } = await readFigureSteps(bus, patients, range, signal);
  return { ...keyFigures({ from, to, patients: patients.length, steps, standing }), truncated };
}
