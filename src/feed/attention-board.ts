import type { Bus } from '../bus/bus.ts';
import type { Alarm, AlarmEvent } from '../model/alarm.ts';
import type { AlarmId } from '../model/ids.ts';
import type { DoorAudit } from '../observe/audit-doors.ts';
import { callsEverybody, isUnattended } from './audience.ts';
import type { FeedMetrics } from './feed-metrics.ts';

export interface AttentionBoardOptions {
  readonly bus: Bus;
  readonly liveAlarms: readonly Alarm[];
  readonly metrics: Pick<FeedMetrics, 'unattended' | 'missed'>;
  readonly audit: Pick<DoorAudit, 'acted'>;
}

/** Alarms that call everybody on duty, and alarms that nobody has (clinical rule 7): the latter are counted and on record. */
export class AttentionBoard implements Disposable {
  readonly #options: AttentionBoardOptions;
  readonly #calling = new Map<AlarmId, Alarm>();
  readonly #unattended = new Map<AlarmId, Alarm>();
  readonly #subscription: Disposable;

  constructor(options: AttentionBoardOptions) {
    this.#options = options;
    for (const alarm of options.liveAlarms) this.#follow(alarm);
    this.#subscription = options.bus.subscribe({ alarm: (event) => this.#heard(event) });
  }

  /** Live alarms that were escalated to everybody on duty and that nobody has taken. */
  get calling(): Iterable<Alarm> {
    return this.#calling.values();
  }

  /** Live alarms that no clinician's client has confirmed in time. */
  get unattended(): ReadonlyMap<AlarmId, Alarm> {
    return this.#unattended;
  }

  [Symbol.dispose](): void {
    this.#subscription[Symbol.dispose]();
  }

  #heard({ event, alarm }: AlarmEvent): void {
    this.#follow(alarm);
    if (event !== 'unattended' || alarm.patient === null) return;
    const { id, patient, priority } = alarm;
    this.#options.metrics.missed(priority);
    this.#options.audit.acted({
      action: 'alarm_unattended',
      subject: patient,
      details: { alarm: id, priority },
    });
  }

  #follow(alarm: Alarm): void {
    if (callsEverybody(alarm)) this.#calling.set(alarm.id, alarm);
    else this.#calling.delete(alarm.id);
    if (isUnattended(alarm)) this.#unattended.set(alarm.id, alarm);
    else this.#unattended.delete(alarm.id);
    this.#options.metrics.unattended(this.#unattended.size);
  }
}
