import { createHash } from 'node:crypto';
import { recordOf, type StateRecord, stateOf } from '../alarms/state-record.ts';
import type { SubjectState } from '../alarms/subject-state.ts';
import { CodedError } from '../core/coded-error.ts';
import type { EffectiveLimits } from '../model/effective-limits.ts';

/** A subject as it is written down, with a digest of the limits that it was judged by. */
export interface WrittenState {
  readonly subject: string;
  readonly state: StateRecord;
  readonly limits: string;
}

/** Limits as a short text that is another when they are others. */
function digest(limits: EffectiveLimits): string {
  return createHash('sha256').update(JSON.stringify(limits)).digest('base64url');
}

/** @param subject see `subjectOf` */
export function writtenState(subject: string, state: SubjectState, limits: EffectiveLimits): WrittenState {
  return { subject, state: recordOf(state), limits: digest(limits) };
}

/** A state that was taken up, and whether its limits are still the ones it was judged by. */
export interface ReadState {
  readonly subject: string;
  readonly state: SubjectState;
  isOf(limits: EffectiveLimits): boolean;
}

/**
 * All states, or null when one is of another release: what was running would be half of it.
 * @throws CodedError `alarm_state_unreadable`
 */
export function readStates(written: readonly WrittenState[]): readonly ReadState[] | null {
  try {
    return parsed(written);
  } catch (cause) {
    throw new CodedError(
      'alarm_state_unreadable',
      'a state that was written down cannot be read: alarms go on as the alarm log has them, and delays begin anew',
      { cause },
    );
  }
}

function parsed(written: readonly WrittenState[]): readonly ReadState[] | null {
  const read: ReadState[] = [];
  for (const { subject, state: record, limits } of written) {
    const state = stateOf(record);
    if (state === null) return null;
    read.push({ subject, state, isOf: (others) => digest(others) === limits });
  }
  return read;
}
