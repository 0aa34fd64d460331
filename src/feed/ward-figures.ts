import { type FigureStep, figureSteps } from '../alarms/key-figure-steps.ts';
import { type KeyFigures, keyFigures } from '../alarms/key-figures.ts';
import type { Bus } from '../bus/bus.ts';
import type { Clock, EpochMs } from '../core/clock.ts';
import { CodedError } from '../core/coded-error.ts';
import type { Alarm } from '../model/alarm.ts';
import type { AlarmId, PatientId, WardId } from '../model/ids.ts';
import type { Registry } from '../registry/registry.ts';
import { type FigureRange, readFigureSteps, readKeyFigures } from './figures-reader.ts';
import { WaitingLine } from './waiting-line.ts';

const WINDOW_MS = 86_400_000;
/** Steps kept of all wards together; past it the oldest go, and the figures speak of a shorter time than a day. */
const MAX_STEPS = 200_000;
/** The figures of a minute ago are good enough for a scrape. */
const REFRESHED_EVERY_MS = 60_000;
/** Who asks for figures over any time waits for whoever is counted for: each count holds up to `MAX_FIGURE_STEPS`. */
const MAX_WAITING = 8;
/** When to come back after `figures_busy`. Seconds. */
export const FIGURES_RETRY_AFTER_S = 5;

export interface WardFiguresOptions {
  readonly bus: Bus;
  readonly registry: Registry;
  readonly clock: Clock;
  readonly liveAlarms: readonly Alarm[];
  /** Default 200,000. */
  readonly maxSteps?: number;
}

/**
 * The key figures of each ward over the last 24 h, for monitoring: kept from the bus as alarms happen, begun from the
 * alarm log. A patient counts for the ward they are on now.
 */
export class WardFigures implements Disposable {
  readonly #options: WardFiguresOptions;
  readonly #maxSteps: number;
  /** In the order in which they were heard. */
  #steps: FigureStep[] = [];
  readonly #live = new Map<AlarmId, Alarm>();
  readonly #subscription: Disposable;
  readonly #asked = new WaitingLine(MAX_WAITING);
  #made: ReadonlyMap<WardId, KeyFigures> = new Map();
  #madeAt: number | null = null;

  constructor(options: WardFiguresOptions) {
    this.#options = options;
    this.#maxSteps = options.maxSteps ?? MAX_STEPS;
    for (const alarm of options.liveAlarms) this.#live.set(alarm.id, alarm);
    this.#subscription = options.bus.subscribe({
      alarm: (event) => {
        const { alarm } = event;
        if (alarm.presence === 'off') this.#live.delete(alarm.id);
        else this.#live.set(alarm.id, alarm);
        this.#steps.push(...figureSteps(event));
        if (this.#steps.length > this.#maxSteps * 1.1) this.#forget();
      },
    });
  }

  /** Begins with what the log has of the last 24 h. To be awaited before anything is published. */
  async load(): Promise<void> {
    const { bus, registry, clock } = this.#options;
    const now = clock.now();
    const patients = registry.patients().map(({ id }) => id);
    const { steps } = await readFigureSteps(bus, patients, { from: now - WINDOW_MS, to: now });
    this.#steps = [...steps].sort((a, b) => a.at - b.at);
    this.#forget();
  }

  /** The figures of every ward with a patient, at most a minute old. */
  wards(): ReadonlyMap<WardId, KeyFigures> {
    const { clock } = this.#options;
    const at = clock.monotonic();
    if (this.#madeAt === null || at - this.#madeAt >= REFRESHED_EVERY_MS) {
      // One millisecond on, so that what happened in this one counts.
      this.#made = this.#make(clock.now() + 1);
      this.#madeAt = at;
    }
    return this.#made;
  }

  /**
   * The figures of any patients over any time, read from the alarm log; `truncated` when it holds too much.
   * @param signal aborted when nobody waits for them any more
   * @throws CodedError `figures_busy` (too many wait), `overloaded` (by `signal`)
   */
  async of(
    patients: readonly PatientId[],
    range: FigureRange,
    signal?: AbortSignal,
  ): ReturnType<typeof readKeyFigures> {
    if (this.#asked.full)
      throw new CodedError(
        'figures_busy',
        `${MAX_WAITING} wait for key figures already: come back in ${FIGURES_RETRY_AFTER_S} s`,
      );
    return await this.#asked.run(() => readKeyFigures(this.#options.bus, patients, range, signal));
  }

  [Symbol.dispose](): void {
    this.#subscription[Symbol.dispose]();
  }

  #make(to: EpochMs): ReadonlyMap<WardId, KeyFigures> {
    const from = to - WINDOW_MS;
    this.#steps = this.#steps.filter(({ at }) => at >= from);
    const wardOf = new Map<PatientId, WardId>();
    const patients = new Map<WardId, number>();
    for (const { id, ward } of this.#options.registry.patients()) {
      wardOf.set(id, ward);
      patients.set(ward, (patients.get(ward) ?? 0) + 1);
    }
    const steps = Map.groupBy(this.#steps, ({ patient }) => wardOf.get(patient));
    const live = Map.groupBy(this.#live.values(), ({ patient }) =>
      patient === null ? undefined : wardOf.get(patient),
    );
    return new Map(
      [...patients].map(([ward, count]) => {
        const input = { steps: steps.get(ward) ?? [], standing: live.get(ward) ?? [] };
        return [ward, keyFigures({ from, to, patients: count, ...input })];
      }),
    );
  }

  #forget(): void {
    const from = this.#options.clock.now() - WINDOW_MS;
    this.#steps = this.#steps.filter(({ at }) => at >= from).slice(-this.#maxSteps);
  }
}
