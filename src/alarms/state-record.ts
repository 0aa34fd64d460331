import { newSubjectState, type SubjectState } from './subject-state.ts';

/** To be raised with every change of what a state holds, below the top level too: another release's is not taken up. */
export const STATE_RECORD_VERSION = 1;

/** A subject's state as plain JSON: maps and sets as lists, everything else as it is. */
export interface StateRecord extends Omit<SubjectState, 'devices' | 'live' | 'inherited'> {
  readonly version: typeof STATE_RECORD_VERSION;
  readonly devices: readonly (readonly [string, unknown])[];
  readonly live: readonly (readonly [string, unknown])[];
  readonly inherited: readonly string[];
}

/** Everything the engine remembers of a subject, to be written down. Shares nothing with `state`, which goes on changing. */
export function recordOf(state: SubjectState): StateRecord {
  const { devices, live, inherited, ...plain } = state;
  return structuredClone({
    ...plain,
    version: STATE_RECORD_VERSION,
    devices: [...devices],
    live: [...live],
    inherited: [...inherited],
  });
}

/**
 * The state that was written down: going on from it gives what going on without would have given. Null: of another
 * release, which may have meant something else by it.
 */
export function stateOf(record: StateRecord): SubjectState | null {
  const { version, devices, live, inherited, ...plain } = structuredClone(record);
  if (version !== STATE_RECORD_VERSION) return null;
  return {
    ...newSubjectState(plain.patient),
    ...plain,
    devices: new Map(devices) as SubjectState['devices'],
    live: new Map(live) as SubjectState['live'],
    inherited: new Set(inherited),
  };
}
