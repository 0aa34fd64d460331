import { once } from 'node:events';
import type { DeviceClient } from '../../../src/client/device-client.ts';
import { sleep, systemClock } from '../../../src/core/clock.ts';
import { CodedError } from '../../../src/core/coded-error.ts';
import type { LimitAlarm } from '../../../src/model/alarm.ts';
import { patientId } from '../../../src/model/ids.ts';
import type { Limit } from '../../../src/model/limit.ts';
import type { FeedFrame } from '../../../src/protocol/feed-frames.ts';
import { RawFeed } from '../../rig/raw-feed.ts';
import { type Rig, type RigDevice, WARD } from '../../rig/rig.ts';
import { unlessAborted } from '../until.ts';
import { DeviceRecord } from './device-record.ts';
import { BACKOFF } from './fleet.ts';
import { type AlarmFrame, alarmsIn, alarmsOf } from './probed-alarms.ts';

/** What the server told everybody about itself, and when it came, on the clock of the harness. */
export interface HeardService {
  readonly at: number;
  readonly frame: Readonly<Record<string, unknown>>;
}

const NAME = 'probe';
/** A high alarm at once, and gone at once: how long delays are is not what is tried here. */
const TIER: Limit = {
  ...{ vital: 'spo2', direction: 'low', priority: 'high', threshold: 80 },
  ...{ onset_delay_ms: 0, clear_delay_ms: 0, clear_margin: 1 },
};
const [BREACH, WELL, PULSE] = [70, 97, 75];
const HEARD_WITHIN_MS = 20_000;
const REOPEN_MS = 50;

/**
 * One more wearable with a patient of its own, and a clinician on the ward who hears of it: the way of an alarm from the
 * skin to a person, to be taken at any moment of a trial. The clinician comes back by cursor when the feed is closed.
 */
export class AlarmProbe implements AsyncDisposable {
  readonly services: HeardService[] = [];
  readonly record: DeviceRecord;
  readonly #rig: Rig;
  readonly #device: RigDevice;
  readonly #signal: AbortSignal;
  readonly #client: DeviceClient;
  /** Of the clinician. */
  readonly token: string;
  readonly #alarms: AlarmFrame[] = [];
  /** Sample times. */
  readonly #breaches: number[] = [];
  readonly #waiting = new Set<() => void>();
  #vitals = 0;
  #cursor: string | null = null;
  #feed: RawFeed | null = null;
  #refusal = '';
  #listening: Promise<void> | null = null;
  #closed = false;

  private constructor(rig: Rig, device: RigDevice, token: string, signal: AbortSignal) {
    this.#rig = rig;
    this.#signal = signal;
    this.#device = device;
    this.token = token;
    this.record = new DeviceRecord(device.device, device.patient);
    this.#client = device.client({ backoff: BACKOFF });
    this.#client.on('acked', (_seq, { samples }) => this.record.acked(samples, () => undefined));
    this.#client.on('rejected', ({ samples }) => this.record.refused(samples));
  }

  /**
   * Enrols both, connects both and resolves when alarms would be heard.
   * @param signal ends all waiting
   */
  static async open(rig: Rig, signal: AbortSignal): Promise<AlarmProbe> {
    const [device] = await rig.devices(1, NAME);
    const [token] = await rig.tokens(NAME, 1);
    if (device === undefined || token === undefined) throw new CodedError('no_probe', 'nobody was enrolled');
    await rig.registry.putLimits({
      ...{ kind: 'value', vital: 'spo2', direction: 'low', tiers: [TIER] },
      scope: { kind: 'patient', patient: patientId(device.patient) },
      ...{ changed_by: NAME, changed_at: Date.now(), reason: 'a probe must not wait' },
    });
    await rig.seen();
    const probe = new AlarmProbe(rig, device, token, signal);
    const connected = once(probe.#client, 'connected', { signal });
    probe.#client.start();
    await connected;
    probe.#listening = probe.#listen();
    await probe.#until(() => probe.#cursor !== null, 'the clinician was shown nothing');
    return probe;
  }

  /** How many vitals frames of the ward the clinician has been shown. */
  get vitalsHeard(): number {
    return this.#vitals;
  }

  /**
   * Makes the patient's SpO2 fall, and recover once the clinician has the alarm; the clinician acknowledges it. Resolves with
   * the milliseconds from the moment that the wearable sent it until the clinician's socket had it.
   * @throws CodedError `alarm_not_heard`, when one of these steps does not come about
   */
  async breach(): Promise<number> {
    const began = performance.now();
    const breach = this.#measure(BREACH);
    this.#breaches.push(breach);
    // An alarm of which an acknowledgement died with the server has latched, and is back.
    const begins = ({ event, t }: AlarmFrame): boolean =>
      t === breach && (event === 'raised' || event === 'recurred');
    const { alarm, at } = await this.#alarm('raised', begins);
    const well = this.#measure(WELL);
    const of = (frame: AlarmFrame): boolean => frame.alarm.id === alarm.id;
    await this.#alarm('latched', (frame) => of(frame) && frame.event === 'latched' && frame.t === well);
    this.#feed?.send({ type: 'acknowledge', id: `${NAME}-${this.#breaches.length}`, alarm: alarm.id });
    await this.#alarm('off', (frame) => of(frame) && frame.alarm.presence === 'off');
    return Math.round(at - began);
  }

  /** Resolves when everything that the wearable measured is acked. @throws CodedError `drain_timeout` */
  async drain(timeoutMs: number): Promise<void> {
    await this.#client.drain({ timeoutMs });
  }

  /**
   * What must not be of the alarms of all breaches, as the clinician heard them and as somebody reads them in the log who
   * was never there: one that is missing, or there twice, or still alive. One line each.
   * @param restarted the server died in between, and may have said anew what it had not kept
   */
  async faults(restarted: boolean): Promise<readonly string[]> {
    const logged = await alarmsIn(this.#rig, this.#device.patient);
    return [
      ...alarmsOf(this.#breaches, logged, 'the alarm log', restarted),
      ...(restarted ? [] : alarmsOf(this.#breaches, this.#alarms, 'the clinician', false)),
    ];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.#feed?.[Symbol.dispose]();
    await Promise.all([this.#listening, this.#client[Symbol.asyncDispose]()]);
  }

  /** Gives the sample time. */
  #measure(spo2: number): number {
    const t = Math.max(Date.now(), (this.record.sent.at(-1)?.t ?? 0) + 1);
    this.record.note({ t, heart_rate: PULSE, spo2, at: performance.now() });
    this.#client.sendVitals([{ t, heart_rate: PULSE, spo2 }]);
    return t;
  }

  /** A clinician's client: it opens the feed again where it was. */
  async #listen(): Promise<void> {
    while (!this.#closed) {
      // While the server is down it cannot be opened.
      await this.#listenOnce().catch(() => undefined);
      await sleep(systemClock(), REOPEN_MS);
    }
  }

  async #listenOnce(): Promise<void> {
    const { server, ca } = this.#rig;
    const ended = Promise.withResolvers<void>();
    using feed = await RawFeed.open({
      ...{ url: server.clinicianUrl, token: this.token, ca },
      onMessage: (text) => this.#heard(JSON.parse(text)),
      onClose: () => ended.resolve(),
    });
    this.#feed = feed;
    const since = this.#cursor === null ? {} : { since: this.#cursor };
    feed.send({ type: 'subscribe', ward: WARD, ...since });
    await ended.promise;
    this.#feed = null;
  }

  #heard(frame: FeedFrame): void {
    if ((frame.type as string) === 'service')
      this.services.push({ at: performance.now(), frame: { ...frame } });
    if (frame.type === 'result' && !frame.ok) this.#refusal = ` (${frame.code}: ${frame.message})`;
    if (frame.type === 'vitals') this.#vitals += 1;
    if (frame.type === 'snapshot' || frame.type === 'heartbeat') this.#cursor = frame.cursor;
    if (frame.type === 'alarm') {
      this.#cursor = frame.cursor;
      this.#feed?.send({ type: 'received', cursor: frame.cursor });
      const alarm = frame.alarm as LimitAlarm;
      if (alarm.patient === this.#device.patient && alarm.vital === TIER.vital) {
        const { cursor, event, at: t } = frame;
        this.#alarms.push({ cursor, event, t, at: performance.now(), alarm });
      }
    }
    for (const look of this.#waiting) look();
  }

  async #alarm(step: string, wanted: (frame: AlarmFrame) => boolean): Promise<AlarmFrame> {
    const found = (): AlarmFrame | undefined => this.#alarms.find(wanted);
    await this.#until(
      () => found() !== undefined,
      `no clinician heard that the alarm of the probe was ${step}`,
    );
    return found() as AlarmFrame;
  }

  async #until(holds: () => boolean, otherwise: string): Promise<void> {
    if (holds()) return;
    const done = Promise.withResolvers<void>();
    const look = (): void => {
      if (holds()) done.resolve();
    };
    const timer = setTimeout(
      () =>
        done.reject(
          new CodedError('alarm_not_heard', `${otherwise} within ${HEARD_WITHIN_MS} ms${this.#refusal}`),
        ),
      HEARD_WITHIN_MS,
    );
    this.#waiting.add(look);
    await unlessAborted(done.promise, this.#signal).finally(() => {
      clearTimeout(timer);
      this.#waiting.delete(look);
    });
  }
}
