import type { RecalledInputs } from '../alarms/manual-observation.ts';
import { type Clock, type EpochMs, sleep } from '../core/clock.ts';
import type { PatientId } from '../model/ids.ts';
import type { Log } from '../observe/log.ts';
import type { Registry } from '../registry/registry.ts';
import type { AlarmDesk } from './alarm-desk.ts';

/** Patients whose history is read at a time: the store has others to serve. */
const AT_A_TIME = 4;
const RETRY_MS = 30_000;

export interface News2RecallOptions {
  readonly registry: Registry;
  readonly desk: AlarmDesk;
  readonly clock: Clock;
  readonly log: Log;
  /** Resolves when what was journaled before the restart is in the store. */
  readonly stored: () => Promise<void>;
  /** What is stored of a patient that a score at `now` may be made of. */
  readonly read: (patient: PatientId, now: EpochMs) => Promise<RecalledInputs>;
}

/**
 * After a start, takes up in the background what scores are made of and nobody will send again soon: what was entered by
 * hand, pressures, temperatures. A store that can't be read is tried again; nothing waits for it.
 */
export class News2Recall implements AsyncDisposable {
  readonly #options: News2RecallOptions;
  readonly #stop = new AbortController();
  readonly #done: Promise<void>;

  constructor(options: News2RecallOptions) {
    this.#options = options;
    this.#done = this.#run().catch((cause: unknown) => {
      if (this.#stop.signal.aborted) return;
      options.log.error(
        { event: 'news2_recall_failed', err: cause },
        'what NEWS2 is made of was not taken up',
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
    const { desk, clock, log, read } = this.#options;
    for (;;) {
      signal.throwIfAborted();
      let inputs: RecalledInputs;
      try {
        inputs = await read(patient, clock.now());
      } catch (cause) {
        signal.throwIfAborted();
        log.warn(
          { event: 'news2_recall_retried', err: cause },
          `history cannot be read for NEWS2, trying again in ${RETRY_MS / 1_000} s`,
        );
        await sleep(clock, RETRY_MS, signal);
        continue;
      }
      signal.throwIfAborted();
      if (inputs.values.length > 0 || inputs.observations.length > 0)
        desk.recall(patient, inputs, clock.now());
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
