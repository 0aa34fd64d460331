import type { Alarm, LoggedAlarmEvent } from '../../../src/model/alarm.ts';
import type { FeedFrame, SnapshotFrame } from '../../../src/protocol/feed-frames.ts';

type Frame<Type extends FeedFrame['type']> = Extract<FeedFrame, { type: Type }>;

/** An alarm frame, or a snapshot, in the order in which one clinician got them. */
export type Heard =
  | { readonly kind: 'event'; readonly event: LoggedAlarmEvent }
  | { readonly kind: 'snapshot'; readonly cursor: string; readonly alarms: readonly Alarm[] }
  | { readonly kind: 'gap' }
  /** The server was killed here. */
  | { readonly kind: 'kill' };

/** Writes down what one clinician's client got, outside the server. */
export class Witness {
  readonly name: string;
  readonly heard: Heard[] = [];

  constructor(name: string) {
    this.name = name;
  }

  frame(frame: FeedFrame): void {
    if (frame.type === 'alarm') this.event(frame);
    else if (frame.type === 'snapshot') this.snapshot(frame);
    else if (frame.type === 'gap') this.heard.push({ kind: 'gap' });
  }

  event({ cursor, event, at, alarm }: Frame<'alarm'>): void {
    const logged = { cursor, event, at, alarm } as unknown as LoggedAlarmEvent;
    this.heard.push({ kind: 'event', event: logged });
  }

  snapshot({ cursor, patients }: SnapshotFrame): void {
    const alarms = patients.flatMap((patient) => patient.alarms as unknown as Alarm[]);
    this.heard.push({ kind: 'snapshot', cursor, alarms });
  }

  kill(): void {
    this.heard.push({ kind: 'kill' });
  }

  get events(): readonly LoggedAlarmEvent[] {
    return this.heard.flatMap((one) => (one.kind === 'event' ? [one.event] : []));
  }
}
