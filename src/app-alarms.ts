import type { ResponseTimes } from './alarms/subject-rules.ts';
import type { Bus } from './bus/bus.ts';
import type { Clock } from './core/clock.ts';
import { CodedError } from './core/coded-error.ts';
import { AlarmDesk } from './ingest/alarm-desk.ts';
import { takeAlarmStates, writeAlarmStates } from './ingest/alarm-state-file.ts';
import type { Journal } from './journal/journal.ts';
import { AlarmJournal } from './journal/journal-alarm.ts';
import type { Alarm } from './model/alarm.ts';
import type { Registry } from './registry/registry.ts';

export interface AlarmDeskParts {
  readonly registry: Registry;
  readonly bus: Bus;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly times: ResponseTimes;
  /** As the alarm log has them. */
  readonly liveAlarms: readonly Alarm[];
  /** Where a planned restart leaves what the log does not say: `<data>/alarm-state.json`. */
  readonly stateFile: string;
  readonly report: (error: CodedError) => void;
}

/**
 * The alarm desk as the process before this one left it: whole, with delays that were running, after a planned restart; else
 * as the alarm log has it. To be disposed after the sessions: it is written down then for the process that follows.
 */
export async function openAlarmDesk(
  parts: AlarmDeskParts,
): Promise<AsyncDisposable & { readonly desk: AlarmDesk }> {
  const { registry, bus, journal, clock, times, liveAlarms, stateFile, report } = parts;
  const journaled = new AlarmJournal({ journal, report });
  const desk = new AlarmDesk({
    registry,
    bus,
    times,
    clock,
    onEvent: (event) => journaled.add(event),
    onError: report,
  });
  if (!(await resumed(desk, stateFile, bus, clock, report))) desk.restore(liveAlarms);
  return {
    desk,
    [Symbol.asyncDispose]: async () => {
      desk[Symbol.dispose]();
      const now = clock.now();
      try {
        // What the log will never have, the file must not have either.
        await bus.flushed();
        await writeAlarmStates(stateFile, {
          cursor: bus.newestCursor(),
          written: now,
          states: desk.states(now),
        });
      } catch (error) {
        if (!(error instanceof CodedError)) throw error;
        report(error);
      }
    },
  };
}

/** Whether the desk goes on from what the process before this one wrote down. */
async function resumed(
  desk: AlarmDesk,
  path: string,
  bus: Bus,
  clock: Clock,
  report: (error: CodedError) => void,
): Promise<boolean> {
  try {
    const states = await takeAlarmStates(path, bus, clock.now());
    return states !== null && desk.resume(states, clock.now());
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    report(error);
    return false;
  }
}
