import type { Clock, EpochMs } from '../core/clock.ts';
import type { DeviceSession } from './device-session.ts';
import type { DeviceSessionOptions } from './device-session-options.ts';
import { type Due, DueTimes } from './due-times.ts';

/** How often is looked for what is due. Milliseconds. */
const TICK_MS = 100;
/** Everything but acks is looked at so often, whatever is due. */
const LOOKED_AT_EVERY_MS = 30_000;
/** By so much the wall clock was set, if it is that far from where the monotonic one has it. */
export const SET_BY_MS = 50;

/**
 * Frames that devices are asked for again in one tick, after the journal took none for a while: 20,000 a second, so that
 * what a fleet has heard by now comes back at a pace at which live data still passes.
 */
const AGAIN_PER_TICK = 2_000;

/** How a session says when it is to be looked at. */
export type SessionHooks = Pick<
  DeviceSessionOptions,
  'onAwaitsCommit' | 'onAcksDue' | 'onLifeChanged' | 'onRateExceeded' | 'onMissed' | 'onOver'
>;

interface Life {
  readonly session: DeviceSession;
  readonly certificateEnds: EpochMs;
  readonly recheck: () => void;
}

/**
 * The periodic work of all sessions, on one timer, so that ten thousand connections are not ten thousand timers; and of each
 * session only what is due, since a look at one that is in no cache costs as much as the checks of a frame.
 */
export class SessionWork implements Disposable {
  readonly #clock: Clock;
  /** Whose acks go out with the next commit; who sends too much and is not read; whose frames were not recorded. */
  readonly #awaiting = new Set<DeviceSession>();
  readonly #paced = new Set<DeviceSession>();
  readonly #missed = new Set<DeviceSession>();
  /** By the monotonic clock, what is due by the wall clock too. */
  readonly #acks = new DueTimes<DeviceSession>();
  readonly #lives = new DueTimes<Life>();
  /** Of the wall clock to the monotonic one, as what is due was reckoned. */
  #offset: number;
  readonly #timer: { cancel(): void };

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#offset = clock.now() - clock.monotonic();
    this.#timer = clock.every(TICK_MS, () => this.#tick());
  }

  /**
   * Looks after a session until it is over.
   * @param begin makes it, with what it is to call
   * @param recheck closes the session if it is not allowed any more; called when the certificate ends, and now and again
   */
  begin(
    begin: (hooks: SessionHooks) => DeviceSession,
    { certificateEnds, recheck }: Omit<Life, 'session'>,
  ): DeviceSession {
    const session: DeviceSession = begin({
      onAwaitsCommit: () => this.#awaiting.add(session),
      onAcksDue: (monotonic) => acks.at(monotonic),
      onLifeChanged: () => life.at(0),
      onRateExceeded: () => this.#paced.add(session),
      onMissed: () => this.#missed.add(session),
      onOver: () => {
        acks[Symbol.dispose]();
        life[Symbol.dispose]();
        for (const set of [this.#awaiting, this.#paced, this.#missed]) set.delete(session);
      },
    });
    const acks = this.#acks.add(session);
    const life = this.#lives.add({ session, certificateEnds, recheck });
    life.at(0);
    return session;
  }

  /** The journal has committed. */
  committed(): void {
    const monotonic = this.#clock.monotonic();
    for (const session of this.#awaiting) if (!session.committed(monotonic)) this.#awaiting.delete(session);
  }

  [Symbol.dispose](): void {
    this.#timer.cancel();
  }

  #tick(): void {
    const [now, monotonic] = [this.#clock.now(), this.#clock.monotonic()];
    this.#noticeSet(now - monotonic);
    this.#lives.visit(monotonic, (life, due) => this.#look(life, due, now, monotonic));
    this.#acks.visit(monotonic, (session) => session.lookAtAcks(monotonic));
    for (const session of this.#paced) if (session.refill(monotonic)) this.#paced.delete(session);
    let again = 0;
    for (const session of this.#missed) {
      if (again >= AGAIN_PER_TICK) break;
      again += session.askForMissed();
      if (!session.isMissed) this.#missed.delete(session);
    }
  }

  #look({ session, certificateEnds, recheck }: Life, due: Due, now: EpochMs, monotonic: number): void {
    recheck();
    const endsIn = certificateEnds - now;
    const again = monotonic + (endsIn < 0 ? LOOKED_AT_EVERY_MS : Math.min(endsIn + 1, LOOKED_AT_EVERY_MS));
    due.at(Math.min(again, session.lookAtLife(now, monotonic)));
  }

  /** What ends by the wall clock is due sooner or later than was reckoned, once that is set. */
  #noticeSet(offset: number): void {
    if (Math.abs(offset - this.#offset) < SET_BY_MS) return;
    this.#offset = offset;
    this.#lives.setAll(0);
  }
}
