import { type Clock, type EpochMs, sleep } from '../core/clock.ts';
import { MANUAL_DEVICE, type PatientId } from '../model/ids.ts';
import type { Observation } from '../model/observation.ts';
import type { RecalledVital } from '../model/recalled-vital.ts';
import type { Log } from '../observe/log.ts';
import type { Registry } from '../registry/registry.ts';
import type { AlarmDesk } from './alarm-desk.ts';

/** Patients whose history is read at a time: the store has others to serve. */
const AT_A_TIME = 4;
const RETRY_MS = 30_000;

/** What is stored of a patient and still counts. */
export interface RecalledHistory {
  readonly vitals: readonly RecalledVital[];
  readonly observations: readonly Observation[];
}

export interface HistoryRecallOptions {
  readonly registry: Registry;
  readonly desk: AlarmDesk;
  readonly clock: Clock;
  readonly log: Log;
  /** Resolves when what was journaled before the restart is in the store. */
  readonly stored: () => Promise<void>;
  /** What is stored of a patient that a score at `now` may be made of, or that is shown until it is measured again. */
  readonly read: (patient: PatientId, now: EpochMs) => Promise<RecalledHistory>;
  /** Told to whoever shows newest values. */
  readonly onVitals: (patient: PatientId, vitals: readonly RecalledVital[]) => void;
}

/**
 * After a start, takes up in the background what scores are made of or a clinician is shown and nobody will send again
 * soon: what was entered by hand, pressures, temperatures. A store that can't be read is tried again; nothing waits for it.
 */
export class HistoryRecall implements AsyncDisposable {
  readonly #options: HistoryRecallOptions;
  readonly #stop = new AbortController();
  readonly #done: Promise<void>;

  constructor(options: HistoryRecallOptions) {
    this.#options = options;
    this.#done = this.#run().catch((cause: unknown) => {
      if (this.#stop.signal.aborted) return;
      options.log.error(
        { event: 'history_recall_failed', err: cause },
        'what was measured before the start was not taken up',
      );
    });
  }

  /** Resolves when everything was taken up, or this was disposed. */
  get done(): Promise<void> {
    return this.#done;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new Error('stopping'));
    await this.#done;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    await Promise.race([this.#options.stored(), aborted(signal)]);
    const patients = this.#options.registry.patients().map(({ id }) => id);
    let next = 0;
    const worker = async (): Promise<void> => {
      for (let id = patients[next++]; id !== undefined; id = patients[next++]) await this.#recall(id, signal);
    };
    await Promise.all(Array.from({ length: AT_A_TIME }, worker));
  }

  async #recall(patient: PatientId, signal: AbortSignal): Promise<void> {
    const { desk, clock, log, read, onVitals } = this.#options;
    for (;;) {
      signal.throwIfAborted();
      let history: RecalledHistory;
      try {
        history = await read(patient, clock.now());
      } catch (cause) {
        signal.throwIfAborted();
        log.warn(
          { event: 'history_recall_retried', err: cause },
          `history cannot be read to take up what was measured before the start, trying again in ${RETRY_MS / 1_000} s`,
        );
        await sleep(clock, RETRY_MS, signal);
        continue;
      }
      signal.throwIfAborted();
      const { vitals, observations } = history;
      if (vitals.length > 0) onVitals(patient, vitals);
      if (vitals.length === 0 && observations.length === 0) return;
      const values = vitals.map(({ vital, value, measured, device }) => ({
        ...{ vital, value, measured },
        device: device === MANUAL_DEVICE ? null : device,
      }));
      desk.recall(patient, { values, observations }, clock.now());
      return;
    }
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
