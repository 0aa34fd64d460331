import { randomUUID } from 'node:crypto';
import type { Bus } from '../bus/bus.ts';
import type { Clock, Scheduled } from '../core/clock.ts';
import type { DeviceCommand, DeviceCommandResult } from '../model/device-command.ts';
import type { DeviceId } from '../model/ids.ts';
import type { Signal } from '../model/signal.ts';
import type { Registry } from '../registry/registry.ts';
import type { WaveformDemand } from './waveform-demand.ts';

/** A device that has not answered by then is not waited for. Milliseconds. */
export const COMMAND_TIMEOUT_MS = 10_000;
/** Commands that may wait for the answer of one device, and of all. */
export const MAX_WAITING_OF_DEVICE = 4;
const MAX_WAITING = 256;

export type CommandRequest = Omit<DeviceCommand, 'id'>;

/**
 * `refused` by the device itself. `unreachable`: it is not connected. `busy`: too many commands wait for an answer.
 * `watched`: a trace is not stopped that somebody watches.
 */
export type CommandOutcome =
  | { readonly kind: 'done' | 'refused'; readonly id: string; readonly message: string | null }
  | { readonly kind: 'unreachable' | 'timed_out' | 'busy' | 'watched' };

export interface DeviceCommandsOptions {
  readonly bus: Bus;
  readonly registry: Pick<Registry, 'patientAt'>;
  readonly clock: Clock;
  readonly demand: Pick<WaveformDemand, 'isWatched'>;
}

interface Waiting {
  readonly device: DeviceId;
  readonly answer: (outcome: CommandOutcome) => void;
  readonly timer: Scheduled;
}

/** Commands to single devices, each with the answer of its device, in a bounded time and number. */
export class DeviceCommands implements Disposable {
  readonly #options: DeviceCommandsOptions;
  readonly #waiting = new Map<string, Waiting>();
  readonly #subscription: Disposable;

  constructor(options: DeviceCommandsOptions) {
    this.#options = options;
    this.#subscription = options.bus.subscribe({ commandResult: (result) => this.#answered(result) });
  }

  /** Never rejects. */
  async send(request: CommandRequest): Promise<CommandOutcome> {
    const { bus, clock } = this.#options;
    const { device } = request;
    if (this.#stopsWhatIsWatched(request)) return { kind: 'watched' };
    const own = [...this.#waiting.values()].filter((one) => one.device === device);
    if (own.length >= MAX_WAITING_OF_DEVICE || this.#waiting.size >= MAX_WAITING) return { kind: 'busy' };
    const id = randomUUID();
    const { promise, resolve } = Promise.withResolvers<CommandOutcome>();
    const timer = clock.after(COMMAND_TIMEOUT_MS, () => this.#settle(id, { kind: 'timed_out' }));
    // Before it is sent: one for a device that is not there is answered at once.
    this.#waiting.set(id, { device, answer: resolve, timer });
    bus.publishCommand({ ...request, id });
    return promise;
  }

  [Symbol.dispose](): void {
    this.#subscription[Symbol.dispose]();
    for (const id of [...this.#waiting.keys()]) this.#settle(id, { kind: 'timed_out' });
  }

  #answered({ id, device, ok, message, unreachable }: DeviceCommandResult): void {
    // An id is the command's: no other device answers for it.
    if (this.#waiting.get(id)?.device !== device) return;
    if (unreachable) this.#settle(id, { kind: 'unreachable' });
    else this.#settle(id, { kind: ok ? 'done' : 'refused', id, message });
  }

  #settle(id: string, outcome: CommandOutcome): void {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return;
    this.#waiting.delete(id);
    waiting.timer.cancel();
    waiting.answer(outcome);
  }

  #stopsWhatIsWatched({ device, name, args }: CommandRequest): boolean {
    const { registry, clock, demand } = this.#options;
    const patient = name === 'stop_waveform' ? registry.patientAt(device, clock.now()) : null;
    if (patient === null || !Array.isArray(args.signals)) return false;
    return (args.signals as readonly Signal[]).some((signal) => demand.isWatched(patient, signal));
  }
}
