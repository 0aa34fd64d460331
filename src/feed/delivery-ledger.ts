import { type Bus, compareCursors } from '../bus/bus.ts';
import type { Clock, EpochMs } from '../core/clock.ts';
import { ALERTING_EVENTS, type Alarm, type AlarmEvent, type LoggedAlarmEvent } from '../model/alarm.ts';
import type { Delivery } from '../model/delivery.ts';
import type { AlarmId, ClinicianId, Cursor } from '../model/ids.ts';

/** Frames of a session that its client has not confirmed. Past it the oldest is forgotten, as if it never arrived. */
const MAX_UNCONFIRMED = 4_096;
/**
 * Live alarms times the clinicians who were sent them. Past it no more are written down; that an alarm reached somebody
 * counts all the same.
 */
const MAX_KNOWN = 500_000;

/** An alarm that lives, since it last began to wait for a person. */
interface Alert {
  readonly alarm: AlarmId;
  /** The alarm's `alerted_at`. */
  readonly at: EpochMs;
  /** Whether a client confirmed it. */
  reached: boolean;
  /** The alarm is over, or has alerted anew. */
  past: boolean;
  /** To whom it was sent, and whether their client confirmed it. */
  readonly people: Map<ClinicianId, 'sent' | 'received'>;
}

/** A frame that waits to be confirmed. Shared: a ward's sessions are all sent the same one. */
interface SentFrame {
  readonly cursor: Cursor;
  readonly alerts: readonly Alert[];
}

export interface DeliveryLedgerOptions {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly liveAlarms: readonly Alarm[];
}

/** What one session was sent, and what its client confirmed. */
export interface SessionDeliveries {
  /** An alarm event was handed to the socket. */
  sent(event: LoggedAlarmEvent): void;
  /** A snapshot with these alarms, as of the cursor, was handed to the socket. */
  sentAll(cursor: Cursor, alarms: Iterable<Alarm>): void;
  /** The client has everything up to the cursor. */
  confirmed(cursor: Cursor): void;
}

/** Whether the frame of an event is to reach a person, rather than to tell what became of the alarm. */
function reaches({ event }: AlarmEvent): boolean {
  return ALERTING_EVENTS.has(event) || event === 'escalated';
}

/**
 * Accounts for what reaches whom (clinical rule 7): which clinician was sent a live alarm, has it, and acknowledged it,
 * each since the alarm last began to wait for a person. The first client that has it is told to the alarm's owner.
 */
export class DeliveryLedger implements Disposable {
  readonly #bus: Bus;
  readonly #clock: Clock;
  readonly #alerts = new Map<AlarmId, Alert>();
  readonly #subscription: Disposable;
  readonly #unwritten: Delivery[] = [];
  /** The last frame that an event was sent in. */
  #frame: SentFrame | null = null;
  #known = 0;

  constructor({ bus, clock, liveAlarms }: DeliveryLedgerOptions) {
    this.#bus = bus;
    this.#clock = clock;
    for (const alarm of liveAlarms) this.#follow(alarm);
    this.#subscription = bus.subscribe({ alarm: (event) => this.#heard(event) });
  }

  /** The account of a session of this clinician's. */
  of(clinician: ClinicianId): SessionDeliveries {
    const unconfirmed = new Unconfirmed();
    return {
      sent: (event) => {
        if (!reaches(event)) return;
        const alert = this.#sent(clinician, event.alarm);
        if (alert !== null) unconfirmed.add(this.#frameOf(event.cursor, alert));
      },
      sentAll: (cursor, alarms) => {
        const alerts = [...alarms].flatMap((alarm) => this.#sent(clinician, alarm) ?? []);
        if (alerts.length > 0) unconfirmed.add({ cursor, alerts });
      },
      confirmed: (cursor) => {
        for (const alerts of unconfirmed.take(cursor))
          for (const alert of alerts) this.#received(clinician, alert);
      },
    };
  }

  [Symbol.dispose](): void {
    this.#writeAll();
    this.#subscription[Symbol.dispose]();
  }

  #heard({ event, at, alarm }: AlarmEvent): void {
    this.#follow(alarm);
    if (event !== 'acknowledged' || alarm.acknowledged_by === null) return;
    const { id, alerted_at, acknowledged_by: clinician } = alarm;
    this.#write({ alarm: id, clinician, alerted_at, sent_at: null, received_at: null, acknowledged_at: at });
  }

  #follow(alarm: Alarm): void {
    const known = this.#alerts.get(alarm.id);
    if (alarm.presence !== 'off' && known?.at === alarm.alerted_at) return;
    if (known !== undefined) {
      known.past = true;
      this.#known -= known.people.size;
      known.people.clear();
    }
    if (alarm.presence === 'off') this.#alerts.delete(alarm.id);
    else
      this.#alerts.set(alarm.id, {
        ...{ alarm: alarm.id, at: alarm.alerted_at, past: false },
        reached: alarm.received_at !== null,
        people: new Map(),
      });
  }

  #frameOf(cursor: Cursor, alert: Alert): SentFrame {
    if (this.#frame?.cursor !== cursor || this.#frame.alerts[0] !== alert)
      this.#frame = { cursor, alerts: [alert] };
    return this.#frame;
  }

  /** Null: the alarm is over or has alerted anew; a replay tells of such. */
  #sent(clinician: ClinicianId, { id, alerted_at }: Alarm): Alert | null {
    const alert = this.#alerts.get(id);
    if (alert?.at !== alerted_at) return null;
    if (!alert.people.has(clinician) && this.#remember(alert, clinician, 'sent'))
      this.#write({
        alarm: id,
        clinician,
        alerted_at,
        sent_at: this.#clock.now(),
        received_at: null,
        acknowledged_at: null,
      });
    return alert;
  }

  #received(clinician: ClinicianId, alert: Alert): void {
    if (alert.people.get(clinician) === 'received') return;
    const now = this.#clock.now();
    if (alert.past || this.#remember(alert, clinician, 'received'))
      this.#write({
        alarm: alert.alarm,
        clinician,
        alerted_at: alert.at,
        sent_at: null,
        received_at: now,
        acknowledged_at: null,
      });
    if (alert.past || alert.reached) return;
    alert.reached = true;
    this.#bus.publishReceipt({ alarm: alert.alarm, by: clinician, at: now });
  }

  #remember(alert: Alert, clinician: ClinicianId, state: 'sent' | 'received'): boolean {
    if (!alert.people.has(clinician)) {
      if (this.#known >= MAX_KNOWN) return false;
      this.#known += 1;
    }
    alert.people.set(clinician, state);
    return true;
  }

  #write(delivery: Delivery): void {
    // Only when everybody has been sent the event: nobody is to wait for the account of others.
    if (this.#unwritten.length === 0) setImmediate(() => this.#writeAll());
    this.#unwritten.push(delivery);
  }

  #writeAll(): void {
    if (this.#unwritten.length > 0) this.#bus.recordDeliveries(this.#unwritten.splice(0));
  }
}

/** What a session was sent and has not confirmed, in the order of its cursors. Each entry is put and taken once. */
class Unconfirmed {
  #entries: SentFrame[] = [];
  #taken = 0;

  add(frame: SentFrame): void {
    this.#entries.push(frame);
    if (this.#entries.length - this.#taken > MAX_UNCONFIRMED) this.#taken += 1;
    this.#compact();
  }

  /** Takes everything up to the cursor. */
  take(cursor: Cursor): (readonly Alert[])[] {
    const taken: (readonly Alert[])[] = [];
    for (
      let entry = this.#entries[this.#taken];
      entry && compareCursors(entry.cursor, cursor) <= 0;
      entry = this.#entries[this.#taken]
    ) {
      taken.push(entry.alerts);
      this.#taken += 1;
    }
    this.#compact();
    return taken;
  }

  /** Now and then, so that each entry is moved once at most on average. */
  #compact(): void {
    if (this.#taken < MAX_UNCONFIRMED && this.#taken < this.#entries.length) return;
    this.#entries = this.#entries.slice(this.#taken);
    this.#taken = 0;
  }
}
