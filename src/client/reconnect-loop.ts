import { type Clock, sleep } from '../core/clock.ts';
import type { ReconnectPolicy } from './reconnect.ts';
import type { SocketEnd } from './socket.ts';

/** One connection that has ended. */
export interface Attempt {
  readonly end: SocketEnd;
  /** How long it was of use, in ms of the clock; 0 when it never was. */
  readonly stoodMs: number;
  /** Coming back can't help, whatever the close code says. */
  readonly final?: boolean;
  /** There is something else to connect with: at once, whatever the close code says. */
  readonly again?: boolean;
}

export interface ReconnectLoopOptions {
  readonly clock: Clock;
  readonly policy: ReconnectPolicy;
  /** Aborted by the owner: no further attempt. */
  readonly signal: AbortSignal;
  /** Connects and resolves when that connection has ended. Never rejects. */
  readonly connect: () => Promise<Attempt>;
  /** Told after each end; `delayMs` null: it was the last. */
  readonly ended: (end: SocketEnd, delayMs: number | null) => void;
}

/** Connects again and again until the policy or the owner says to stop. */
export async function reconnectLoop(options: ReconnectLoopOptions): Promise<void> {
  const { clock, policy, signal, connect, ended } = options;
  while (!signal.aborted) {
    const { end, stoodMs, final, again } = await connect();
    const delayMs = signal.aborted || final ? null : again ? 0 : policy.delayAfter(end, stoodMs);
    ended(end, delayMs);
    if (delayMs === null) return;
    // Rejects only when the owner aborts, which the loop's condition sees.
    await sleep(clock, delayMs, signal).catch(() => undefined);
  }
}
