import {
  type Alarm,
  type AlarmEvent,
  type AlarmEventName,
  CIRCLES,
  conditionKey,
  type Presence,
} from '../../src/model/alarm.ts';
import { rank } from '../../src/model/limit.ts';

type Step = readonly [before: Presence | 'none', after: Presence];

/** Clinical rules 6 to 8 as a table: what may happen to an alarm in which presence, and what it is then. */
export const TRANSITIONS: Readonly<Record<AlarmEventName, readonly Step[]>> = {
  raised: [['none', 'on']],
  priority_raised: [
    ['on', 'on'],
    ['ack', 'on'],
  ],
  latched: [['on', 'latched']],
  recurred: [['latched', 'on']],
  realerted: [['ack', 'on']],
  escalated: [
    ['on', 'on'],
    ['latched', 'latched'],
  ],
  unattended: [
    ['on', 'on'],
    ['latched', 'latched'],
  ],
  attended: [
    ['on', 'on'],
    ['latched', 'latched'],
  ],
  shelved: [
    ['on', 'on'],
    ['ack', 'ack'],
  ],
  unshelved: [
    ['on', 'on'],
    ['ack', 'ack'],
  ],
  acknowledged: [
    ['on', 'ack'],
    ['latched', 'off'],
  ],
  cleared: [
    ['on', 'off'],
    ['ack', 'off'],
  ],
  retrospective: [
    ['none', 'off'],
    ['off', 'off'],
  ],
};

function subject(alarm: Alarm): string {
  if (alarm.kind === 'physiological') return `${alarm.patient} ${conditionKey(alarm)}`;
  return `${alarm.device} ${alarm.condition} ${alarm.vital}`;
}

/** What holds of an alarm in itself. */
function wrongIn(alarm: Alarm): string | null {
  const { presence } = alarm;
  if ((presence === 'off') !== (alarm.cleared !== null)) return 'cleared and off are one';
  if (alarm.ended !== null && alarm.ended < alarm.onset) return 'ended before it began';
  if (
    alarm.cleared !== null &&
    alarm.ended !== null &&
    alarm.cleared < alarm.ended &&
    alarm.acknowledged_by === null
  )
    return 'over before it ended';
  if ((presence === 'off' || presence === 'latched') !== (alarm.ended !== null)) return 'ended, not latched';
  if (presence === 'latched' && (alarm.kind !== 'physiological' || alarm.priority !== 'high'))
    return 'only what is of high priority about the person latches';
  if ((presence === 'ack') !== (alarm.acknowledged_by !== null) && presence !== 'off') return 'seen by whom?';
  if (alarm.unattended && alarm.received_at !== null) return 'unattended, and somebody has it';
  if (alarm.unattended && presence === 'ack') return 'unattended, and somebody has seen it';
  if (alarm.shelved_until !== null && alarm.priority === 'high')
    return 'high priority sounds through a shelf';
  if (alarm.alerted_at < alarm.raised_at) return 'waited for before it was raised';
  if (alarm.escalated_at !== null && alarm.escalated_at < alarm.alerted_at)
    return 'escalated before it waited';
  return null;
}

/** What holds between two steps of one alarm. */
function wrongBetween(before: Alarm, { event, alarm }: AlarmEvent): string | null {
  // An episode that is over is told again when samples of the same time come again.
  if (event === 'retrospective') return null;
  if (before.kind !== alarm.kind || before.onset !== alarm.onset || before.raised_at !== alarm.raised_at)
    return 'another alarm of the same id';
  if (rank(alarm.priority) < rank(before.priority)) return 'its priority fell';
  if (event === 'priority_raised' && rank(alarm.priority) === rank(before.priority))
    return 'raised to the same';
  const wider = CIRCLES.indexOf(alarm.circle) - CIRCLES.indexOf(before.circle);
  if (event === 'escalated' && wider !== 1) return 'escalated by other than one circle';
  if (wider !== 0 && !['escalated', 'realerted', 'unshelved'].includes(event)) return 'the circle changed';
  if (event === 'unattended' && !alarm.unattended) return 'unattended, and not so';
  if (event === 'attended' && (!before.unattended || alarm.unattended)) return 'attended, and not so';
  if (event === 'shelved' && alarm.shelved_until === null) return 'shelved, and not so';
  if (event === 'unshelved' && (before.shelved_until === null || alarm.shelved_until !== null))
    return 'unshelved, and not so';
  if (before.shelved_until !== null && ['escalated', 'unattended', 'realerted'].includes(event))
    return 'called for somebody from the shelf';
  if (alarm.alerted_at < before.alerted_at) return 'waited for since an earlier time than before';
  return null;
}

/** Takes every event in order and throws at the first that no alarm's life allows, or that makes two live of one condition. */
export class LifecycleCheck {
  readonly #last = new Map<string, Alarm>();
  readonly #live = new Map<string, string>();

  take(told: AlarmEvent): void {
    const { event, alarm } = told;
    const before = this.#last.get(alarm.id);
    const from = before?.presence ?? 'none';
    const allowed = TRANSITIONS[event].some(([a, b]) => a === from && b === alarm.presence);
    const wrong = allowed
      ? (wrongIn(alarm) ?? (before ? wrongBetween(before, told) : null))
      : `from ${from} to ${alarm.presence}`;
    if (wrong !== null)
      throw new Error(
        `${event} of ${alarm.id}: ${wrong}\n${JSON.stringify(before)}\n${JSON.stringify(alarm)}`,
      );
    this.#last.set(alarm.id, alarm);
    if (alarm.kind === 'physiological' && alarm.retrospective) return;
    const key = subject(alarm);
    const living = this.#live.get(key);
    if (living !== undefined && living !== alarm.id)
      throw new Error(`${alarm.id} and ${living} live at once, both of ${key}`);
    if (alarm.presence === 'off') this.#live.delete(key);
    else this.#live.set(key, alarm.id);
  }

  /** Ids of the alarms that are not off. */
  get live(): readonly string[] {
    return [...this.#live.values()];
  }
}
