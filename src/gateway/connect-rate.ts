/** The window of the rate, and after how long a device that was held off is taken for well again. Milliseconds. */
const WINDOW_MS = 60_000;
const QUIET_MS = 10 * 60_000;
/** How far apart the connects of a device over its rate must be: the first time, and at the most. Milliseconds. */
const FIRST_HOLD_MS = 5_000;
const LONGEST_HOLD_MS = 5 * 60_000;
/** Devices remembered: far more than connect to one process in ten minutes. The one seen first makes room. */
const MAX_DEVICES = 100_000;

interface Connects {
  /** Times of the connects within the window, oldest first: never more than the rate. */
  times: number[];
  /** What the next connect costs in waiting; 0: the device is not over its rate. */
  holdMs: number;
  heldUntil: number;
  /** Somebody was refused in this hold. */
  refused: boolean;
}

/** A device that must stay away. */
export interface HeldOff {
  readonly waitMs: number;
  /** The first refusal of this hold: worth a line in the log, where those that follow are not. */
  readonly isNews: boolean;
}

/**
 * How often each device connects. One that is over its rate is held off: its connects must be 5 s apart, then 10 s, then
 * 20 s, up to 5 min, until it has stayed away for 10 min beyond that. What it is told to wait is always enough. Times
 * are a monotonic clock's, in milliseconds, and never go back.
 */
export class ConnectRate {
  readonly #perMinute: number;
  readonly #devices = new Map<string, Connects>();
  #sweptAt = 0;

  /** @param perMinute connects of one device in any minute before it is held off */
  constructor(perMinute: number) {
    this.#perMinute = perMinute;
  }

  /** Devices remembered. */
  get size(): number {
    return this.#devices.size;
  }

  /**
   * Counts a connect, unless the device is held off.
   * @returns null when it may connect
   */
  connect(device: string, monotonic: number): HeldOff | null {
    this.#sweep(monotonic);
    const known = this.#devices.get(device) ?? this.#remember(device);
    if (known.holdMs > 0 && monotonic >= known.heldUntil + QUIET_MS) known.holdMs = 0;
    if (monotonic < known.heldUntil) return refuse(known, monotonic);
    known.times = known.times.filter((time) => time > monotonic - WINDOW_MS);
    if (known.holdMs > 0) {
      hold(known, Math.min(known.holdMs * 2, LONGEST_HOLD_MS), monotonic);
      return null;
    }
    if (known.times.length < this.#perMinute) {
      known.times.push(monotonic);
      return null;
    }
    hold(known, FIRST_HOLD_MS, monotonic);
    return refuse(known, monotonic);
  }

  #remember(device: string): Connects {
    if (this.#devices.size >= MAX_DEVICES) {
      const [oldest] = this.#devices.keys();
      if (oldest !== undefined) this.#devices.delete(oldest);
    }
    const connects: Connects = { times: [], holdMs: 0, heldUntil: 0, refused: false };
    this.#devices.set(device, connects);
    return connects;
  }

  /** Once a minute forgets the devices of which nothing is left to know. */
  #sweep(monotonic: number): void {
    if (monotonic < this.#sweptAt + WINDOW_MS) return;
    this.#sweptAt = monotonic;
    for (const [device, { times, holdMs, heldUntil }] of this.#devices) {
      const newest = times.at(-1) ?? 0;
      const idle = holdMs > 0 ? monotonic >= heldUntil + QUIET_MS : newest <= monotonic - WINDOW_MS;
      if (idle) this.#devices.delete(device);
    }
  }
}

function hold(connects: Connects, holdMs: number, monotonic: number): void {
  connects.holdMs = holdMs;
  connects.heldUntil = monotonic + holdMs;
  connects.refused = false;
}

function refuse(connects: Connects, monotonic: number): HeldOff {
  const isNews = !connects.refused;
  connects.refused = true;
  return { waitMs: connects.heldUntil - monotonic, isNews };
}
