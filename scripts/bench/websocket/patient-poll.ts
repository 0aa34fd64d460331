import { HttpsConnection, type HttpsTarget } from './https-connection.ts';
import { snapshotRequest } from './requests.ts';
import type { Watch, Watcher } from './watch.ts';

/** What the breaches here are of; alarms about the measurement are not what is waited for. */
const BREACHED = 'spo2';

interface Snapshot {
  readonly alarms: readonly { readonly vital?: string | null }[];
}

/** A screen that asks how its patient stands, on a connection that stays open; when it begins is left to chance. */
export class PatientPoll implements Watch {
  trouble: string | null = null;
  readonly #connection: HttpsConnection;
  readonly #request: string;
  readonly #onAlarm: () => void;
  #timer: NodeJS.Timeout;

  constructor(target: HttpsTarget, { patient, token }: Watcher, everyMs: number, onAlarm: () => void) {
    this.#connection = new HttpsConnection(target, {});
    this.#request = snapshotRequest(token, patient);
    this.#onAlarm = onAlarm;
    this.#timer = setTimeout(() => {
      this.#timer = setInterval(() => void this.#ask(), everyMs);
      void this.#ask();
    }, Math.random() * everyMs);
  }

  get wire() {
    return this.#connection.wire;
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#connection[Symbol.dispose]();
  }

  async #ask(): Promise<void> {
    try {
      const { status, body } = await this.#connection.ask(this.#request);
      if (status !== 200) this.trouble = `a poll was answered ${status}: ${body.slice(0, 200)}`;
      else if ((JSON.parse(body) as Snapshot).alarms.some(({ vital }) => vital === BREACHED)) this.#onAlarm();
    } catch (error) {
      this.trouble = error instanceof Error ? error.message : String(error);
    }
  }
}
