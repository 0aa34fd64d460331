import type { Clock } from '../core/clock.ts';
import { CodedError } from '../core/coded-error.ts';
import type { AlarmEvent, LoggedAlarmEvent } from '../model/alarm.ts';
import type { Delivery } from '../model/delivery.ts';
import type { DeviceCommand, DeviceCommandResult } from '../model/device-command.ts';
import type { Observation } from '../model/observation.ts';
import { AlarmLog } from './alarm-log.ts';
import type { AlarmRetention } from './alarm-log-calls.ts';
import type {
  Acknowledgement,
  Bus,
  BusListener,
  LiveVitals,
  LiveWaveform,
  PresenceChange,
  Receipt,
  ScoreChange,
} from './bus.ts';

export interface EmbeddedBusOptions {
  /** The alarm log's database file, e.g. `var/alarms.db`. One bus at a time (see lockDataDirectory); others may read the file. */
  readonly path: string;
  readonly clock: Clock;
  /**
   * Told what has no caller to reject: `bus_listener_failed`, `alarm_log_disk_full`, `alarm_log_failed`,
   * `alarm_log_overloaded`, `alarm_events_lost`, `alarm_deliveries_lost`.
   */
  readonly onError: (error: CodedError) => void;
  /** Default: a million events and 90 days, whichever is less. */
  readonly retention?: AlarmRetention;
  /** Events not yet on disk that memory holds at most. Default 100,000. */
  readonly maxQueued?: number;
  /** How long after a failure the alarm log is tried again. Default 1 s. */
  readonly retryMs?: number;
}

const DAY_MS = 24 * 60 * 60 * 1000;
const DEFAULT_RETENTION: AlarmRetention = { maxEvents: 1_000_000, maxAgeMs: 90 * DAY_MS };
const DEFAULT_MAX_QUEUED = 100_000;
const DEFAULT_RETRY_MS = 1_000;

/** The bus of one process. Alarms are relayed before they are on disk, and also when the disk has failed. */
export interface EmbeddedBus extends Bus {
  /** False while the alarm log cannot be written: alarms are relayed, and kept in memory until it can. */
  readonly healthy: boolean;
}

interface Subscriber {
  readonly listener: BusListener;
  active: boolean;
}

class InProcessBus implements EmbeddedBus {
  readonly #log: AlarmLog;
  readonly #onError: (error: CodedError) => void;
  /** Replaced, never changed, so that a delivery under way is not disturbed. */
  #subscribers: readonly Subscriber[] = [];
  /** Those of them who hear vitals. */
  #ofVitals: readonly Subscriber[] = [];
  #delivering = false;
  /** What listeners published while hearing something else: heard after it, so that all hear the same order. */
  readonly #next: ((listener: BusListener) => void)[] = [];

  constructor(log: AlarmLog, onError: (error: CodedError) => void) {
    this.#log = log;
    this.#onError = onError;
  }

  get healthy(): boolean {
    return this.#log.healthy;
  }

  publishVitals(vitals: LiveVitals): void {
    if (this.#delivering) {
      this.#next.push((listener) => listener.vitals?.(vitals));
      return;
    }
    // They come with every frame, so those who don't hear them are not asked, and nothing is made for the telling.
    this.#delivering = true;
    try {
      for (const subscriber of this.#ofVitals) {
        try {
          if (subscriber.active) subscriber.listener.vitals?.(vitals);
        } catch (cause) {
          this.#failed(cause);
        }
      }
      this.#deliverNext();
    } finally {
      this.#delivering = false;
    }
  }

  publishWaveform(waveform: LiveWaveform): void {
    this.#deliver((listener) => listener.waveform?.(waveform));
  }

  publishPresence(change: PresenceChange): void {
    this.#deliver((listener) => listener.presence?.(change));
  }

  publishAlarm(event: AlarmEvent): LoggedAlarmEvent {
    const logged = this.#log.add(event);
    this.#deliver((listener) => listener.alarm?.(logged));
    return logged;
  }

  publishCommand(command: DeviceCommand): void {
    this.#deliver((listener) => listener.command?.(command));
  }

  publishCommandResult(result: DeviceCommandResult): void {
    this.#deliver((listener) => listener.commandResult?.(result));
  }

  publishAcknowledgement(acknowledgement: Acknowledgement): void {
    this.#deliver((listener) => listener.acknowledgement?.(acknowledgement));
  }

  publishReceipt(receipt: Receipt): void {
    this.#deliver((listener) => listener.receipt?.(receipt));
  }

  publishObservation(observation: Observation): void {
    this.#deliver((listener) => listener.observation?.(observation));
  }

  publishScore(change: ScoreChange): void {
    this.#deliver((listener) => listener.score?.(change));
  }

  subscribe(listener: BusListener): Disposable {
    const subscriber: Subscriber = { listener, active: true };
    this.#setSubscribers([...this.#subscribers, subscriber]);
    return {
      [Symbol.dispose]: () => {
        subscriber.active = false;
        this.#setSubscribers(this.#subscribers.filter((one) => one !== subscriber));
      },
    };
  }

  recordDeliveries(deliveries: readonly Delivery[]): void {
    this.#log.record(deliveries);
  }

  newestCursor: Bus['newestCursor'] = () => this.#log.newestCursor;
  alarmsAfter: Bus['alarmsAfter'] = (after, limit) => this.#log.after(after, limit);
  alarmEvents: Bus['alarmEvents'] = (query) => this.#log.eventsOf(query);
  alarmHistory: Bus['alarmHistory'] = (query) => this.#log.history(query);
  liveAlarms: Bus['liveAlarms'] = () => this.#log.live();
  alarm: Bus['alarm'] = (id) => this.#log.alarm(id);
  deliveriesOf: Bus['deliveriesOf'] = (alarm) => this.#log.deliveriesOf(alarm);
  takeUp: Bus['takeUp'] = (events) => this.#log.takeUp(events);
  flushed: Bus['flushed'] = () => this.#log.flushed();

  async [Symbol.asyncDispose](): Promise<void> {
    this.#setSubscribers([]);
    await this.#log[Symbol.asyncDispose]();
  }

  #setSubscribers(subscribers: readonly Subscriber[]): void {
    this.#subscribers = subscribers;
    this.#ofVitals = subscribers.filter(({ listener }) => listener.vitals !== undefined);
  }

  #deliver(tell: (listener: BusListener) => void): void {
    this.#next.push(tell);
    if (this.#delivering) return;
    this.#delivering = true;
    try {
      this.#deliverNext();
    } finally {
      this.#delivering = false;
    }
  }

  #deliverNext(): void {
    for (let tell = this.#next.shift(); tell !== undefined; tell = this.#next.shift()) {
      for (const subscriber of this.#subscribers) this.#tellOne(subscriber, tell);
    }
  }

  #tellOne(subscriber: Subscriber, tell: (listener: BusListener) => void): void {
    if (!subscriber.active) return;
    try {
      tell(subscriber.listener);
    } catch (cause) {
      this.#failed(cause);
    }
  }

  #failed(cause: unknown): void {
    this.#onError(new CodedError('bus_listener_failed', 'a listener of the bus threw', { cause }));
  }
}

/**
 * Opens the bus of a single process, its alarm log in a worker thread of its own.
 * @throws CodedError `database_unavailable`, `database_locked`, `schema_too_new`
 */
export async function openEmbeddedBus(options: EmbeddedBusOptions): Promise<EmbeddedBus> {
  const { path, clock, onError } = options;
  const log = await AlarmLog.open({
    path,
    clock,
    onError,
    retention: options.retention ?? DEFAULT_RETENTION,
    maxQueued: options.maxQueued ?? DEFAULT_MAX_QUEUED,
    retryMs: options.retryMs ?? DEFAULT_RETRY_MS,
  });
  return new InProcessBus(log, onError);
}
