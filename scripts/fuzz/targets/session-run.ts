import { setImmediate as turn } from 'node:timers/promises';
import type { Decoded } from '../../../src/protocol/decode-frame.ts';
import type { Finding, Step, Tally } from '../fuzz-case.ts';
import { refusalKind } from '../oracle/codec-oracle.ts';
import { isPolluted } from '../oracle/pollution.ts';
import type { FuzzWorld } from '../world/fuzz-world.ts';
import type { WatchedTransport } from '../world/watched-transport.ts';

/** What any frame may cost a session, and each byte of it on top. Milliseconds; beyond it is looked at again by hand. */
const ANY_FRAME_MS = 250;
const A_BYTE_MS = 0.005;

/** One connection of a session that is fuzzed. */
export interface SessionRun {
  readonly transport: Pick<
    WatchedTransport<unknown>,
    'finding' | 'closed' | 'received' | 'bufferedAmount' | 'settled'
  >;
  /** Gives the frame to the session; what the codec makes of it. */
  receive(data: Uint8Array, binary: boolean): Decoded<object>;
  leave(): void;
}

/** A case as it runs: its connections, one after the other, and what was found first. */
export interface CaseRun {
  readonly world: FuzzWorld;
  readonly current: SessionRun;
  reconnect(): void;
  finding(): Finding | null;
  report(kind: string, message: string): void;
  /** The disk was told to fail: that a session ends for it is right. */
  expectFailure(): void;
  /** Ends the last connection, lets everything settle, and gives what was found. */
  end(tally: Tally): Promise<Finding | null>;
}

/** Kinds that follow from a disk that failed. */
const OF_A_FAILED_DISK: ReadonlySet<string> = new Set(['internal_error', 'logged_error']);

/** Begins a case at its time. */
export function openSessionRun(world: FuzzWorld, at: number, connect: () => SessionRun): CaseRun {
  if (world.clock.now() < at) world.clock.advance(at - world.clock.now());
  let current = connect();
  let found: Finding | null = null;
  let diskFailed = false;
  const look = (): Finding | null => {
    for (const one of [current.transport.finding, world.witness.take()]) {
      if (one !== null && !(diskFailed && OF_A_FAILED_DISK.has(one.kind))) found ??= one;
    }
    return found;
  };
  return {
    world,
    get current() {
      return current;
    },
    reconnect() {
      look();
      current.leave();
      current = connect();
    },
    finding: look,
    report: (kind, message) => {
      found ??= { kind, message };
    },
    expectFailure: () => {
      diskFailed = true;
    },
    async end(tally) {
      world.journal.makeRoom();
      world.journal.commit();
      await turn();
      world.clock.advance(100);
      look();
      tally.refuse(
        current.transport.closed === null ? 'open at the end' : `closed ${current.transport.closed}`,
      );
      current.leave();
      world.journal.commit();
      await turn();
      world.journal.forget();
      return look();
    },
  };
}

/** Gives one frame to the session and holds it to its time. */
export function judgeTime(run: CaseRun, step: Extract<Step, { do: 'receive' }>, tally: Tally): void {
  const { current } = run;
  current.transport.received += step.data.length;
  const begin = performance.now();
  try {
    const read = current.receive(step.data, step.binary);
    if (read.ok) tally.accepted++;
    else tally.refuse(refusalKind(read.problem));
  } catch (error) {
    run.report('session_threw', `receive threw ${String(error)}`);
  }
  const ms = performance.now() - begin;
  tally.frames++;
  tally.bytes += step.data.length;
  tally.took(ms, step.data.length);
  if (ms > ANY_FRAME_MS + A_BYTE_MS * step.data.length)
    run.report('session_slow', `${step.data.length} bytes took ${Math.round(ms)} ms`);
  if (isPolluted()) run.report('prototype_polluted', 'a frame changed what all objects share');
}

/** Does what happens around a session. */
export async function stepAround(run: CaseRun, step: Step): Promise<void> {
  const { world, current } = run;
  switch (step.do) {
    case 'wait':
      current.transport.settled();
      return world.clock.advance(step.ms);
    case 'settle':
      await turn();
      return;
    case 'commit':
      world.journal.commit();
      return;
    case 'refuse':
      return world.journal.refuse('journal_full');
    case 'fail':
      run.expectFailure();
      return world.journal.refuse('journal_failed');
    case 'full':
      return world.journal.fill();
    case 'room':
      world.journal.makeRoom();
      await turn();
      return;
    case 'unread':
      current.transport.bufferedAmount = step.bytes;
      return;
    case 'leave':
      run.reconnect();
      return;
    case 'command':
    case 'measure':
    case 'receive':
      return;
  }
}
