import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import type { Bus } from '../bus/bus.ts';
import type { EpochMs } from '../core/clock.ts';
import { CodedError, codeOf } from '../core/coded-error.ts';
import type { Cursor } from '../model/ids.ts';
import type { WrittenState } from './alarm-states.ts';

/** States that are older say too little of now. Milliseconds. */
const MAX_AGE_MS = 10 * 60_000;
/** A thousand patients take a few MiB; what is larger is not written, and the next start reads the alarm log. */
const MAX_OCTETS = 256 * 1024 * 1024;

interface Content {
  /** Of the newest alarm event when they were written. */
  readonly cursor: Cursor;
  readonly written: EpochMs;
  readonly states: readonly WrittenState[];
}

function unwritable(path: string, why: string, cause?: unknown): CodedError {
  return new CodedError(
    'alarm_state_unwritable',
    `${path} could not be written (${why}): after the restart alarms go on as the alarm log has them, and delays begin anew`,
    { cause },
  );
}

/**
 * Writes down what the alarm desk remembers, for a planned restart: for its owner alone, whole or not at all.
 * @throws CodedError `alarm_state_unwritable`
 */
export async function writeAlarmStates(path: string, content: Content): Promise<void> {
  const text = JSON.stringify(content);
  const octets = Buffer.byteLength(text);
  if (octets > MAX_OCTETS) throw unwritable(path, `${octets} octets, more than ${MAX_OCTETS}`);
  const temporary = `${path}.tmp`;
  try {
    await rm(temporary, { force: true });
    const handle = await open(temporary, 'wx', 0o600);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true });
    throw unwritable(path, codeOf(cause), cause);
  }
}

/**
 * Takes what the process before this one wrote down, and the file away: it counts once. Null: there is none, it is too old,
 * or events came into the alarm log after it; then the log says more.
 * @throws CodedError `alarm_state_unreadable`; the file is gone then, too
 */
export async function takeAlarmStates(
  path: string,
  bus: Pick<Bus, 'alarmsAfter'>,
  now: EpochMs,
): Promise<readonly WrittenState[] | null> {
  let handle: FileHandle;
  try {
    handle = await open(path, 'r');
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return null;
    throw unreadable(path, codeOf(cause), cause);
  }
  try {
    const { size } = await handle.stat();
    if (size > MAX_OCTETS) throw unreadable(path, `${size} octets, more than ${MAX_OCTETS}`);
    const { cursor, written, states } = contentOf(path, await handle.readFile('utf8'));
    if (written > now || now - written >= MAX_AGE_MS) return null;
    const { events, gap } = await bus.alarmsAfter(cursor, 1);
    return gap || events.length > 0 ? null : states;
  } finally {
    await handle.close();
    await rm(path, { force: true });
  }
}

function contentOf(path: string, text: string): Content {
  try {
    const content = JSON.parse(text) as Partial<Content>;
    const { cursor, written, states } = content;
    if (typeof cursor !== 'string' || typeof written !== 'number' || !Array.isArray(states))
      throw new Error('cursor, written and states are missing');
    return { cursor, written, states };
  } catch (cause) {
    throw unreadable(path, cause instanceof Error ? cause.message : String(cause), cause);
  }
}

function unreadable(path: string, why: string, cause?: unknown): CodedError {
  return new CodedError(
    'alarm_state_unreadable',
    `${path} cannot be read (${why}): alarms go on as the alarm log has them, and delays begin anew`,
    { cause },
  );
}
