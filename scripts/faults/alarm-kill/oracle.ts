import { isDeepStrictEqual } from 'node:util';
import { compareCursors } from '../../../src/bus/bus.ts';
import {
  type Alarm,
  type AlarmEventName,
  conditionKey,
  type LoggedAlarmEvent,
} from '../../../src/model/alarm.ts';
import type { AlarmId, Cursor } from '../../../src/model/ids.ts';
import type { Witness } from './witness.ts';

export interface AlarmKillEvidence {
  /** Alarms that were not off in the alarm log's file when the server was dead. */
  readonly atKill: readonly Alarm[];
  /** The newest cursor in the file then. */
  readonly lastAtKill: Cursor;
  /** The whole log, as a fresh subscriber reads it at the end. */
  readonly log: readonly LoggedAlarmEvent[];
  readonly witnesses: readonly Witness[];
}

export interface AlarmKillVerdict {
  readonly counts: Readonly<Record<string, number>>;
  readonly faults: readonly string[];
}

/** What may happen next to an alarm, by what it was before. */
const MAY_FOLLOW: Readonly<Record<Alarm['presence'], readonly AlarmEventName[]>> = {
  on: [
    'priority_raised',
    'latched',
    'escalated',
    'unattended',
    'attended',
    'shelved',
    'unshelved',
    'acknowledged',
    'cleared',
  ],
  latched: [
    'recurred',
    'escalated',
    'unattended',
    'attended',
    'shelved',
    'unshelved',
    'acknowledged',
    'cleared',
  ],
  ack: ['priority_raised', 'realerted', 'shelved', 'unshelved', 'cleared', 'attended'],
  off: [],
};
/** What people did or the time did to it stays as it is until one of these. */
const CHANGES: readonly (readonly [keyof Alarm, readonly AlarmEventName[]])[] = [
  ['acknowledged_by', ['acknowledged', 'realerted', 'priority_raised', 'recurred', 'unshelved']],
  ['acknowledged_at', ['acknowledged', 'realerted', 'priority_raised', 'recurred', 'unshelved']],
  ['first_acknowledged_at', ['acknowledged']],
  ['shelved_until', ['shelved', 'unshelved', 'priority_raised', 'recurred']],
  ['priority', ['priority_raised', 'recurred']],
  ['alerted_at', ['realerted', 'priority_raised', 'recurred', 'unshelved']],
  ['raised_at', []],
  ['onset', []],
];

function conditionOf(alarm: Alarm): string {
  const what =
    alarm.kind === 'physiological'
      ? conditionKey(alarm)
      : `${alarm.device}:${alarm.condition}:${alarm.vital}`;
  return `${alarm.patient} ${what}`;
}

/** What must not be in one alarm's life, read from the log from its beginning over the kill to its end. */
function faultsInLog(log: readonly LoggedAlarmEvent[]): readonly string[] {
  const faults: string[] = [];
  const alarms = new Map<AlarmId, Alarm>();
  const live = new Map<string, AlarmId>();
  for (const { event, alarm, cursor } of log) {
    if (event === 'retrospective') continue;
    const before = alarms.get(alarm.id);
    const said = `${event} of ${alarm.id} at ${cursor}`;
    if (event === 'raised') {
      if (before !== undefined) faults.push(`raised twice: ${said}`);
      const other = live.get(conditionOf(alarm));
      if (other !== undefined) faults.push(`raised although ${other} lives: ${said}`);
    } else if (before === undefined) faults.push(`of an alarm never raised: ${said}`);
    else if (!MAY_FOLLOW[before.presence].includes(event))
      faults.push(`cannot follow on ${before.presence}: ${said}`);
    for (const [field, by] of before === undefined ? [] : CHANGES)
      if (before?.[field] !== alarm[field] && !by.includes(event))
        faults.push(`${field} changed from ${before?.[field]} to ${alarm[field]}: ${said}`);
    alarms.set(alarm.id, alarm);
    if (alarm.presence === 'off') live.delete(conditionOf(alarm));
    else live.set(conditionOf(alarm), alarm.id);
  }
  return faults;
}

/** The alarms that are not off after these events. */
function liveAfter(log: readonly LoggedAlarmEvent[], through: Cursor): ReadonlyMap<AlarmId, Alarm> {
  const alarms = new Map<AlarmId, Alarm>();
  for (const { cursor, alarm, event } of log) {
    if (compareCursors(cursor, through) > 0 || event === 'retrospective') continue;
    if (alarm.presence === 'off') alarms.delete(alarm.id);
    else alarms.set(alarm.id, alarm);
  }
  return alarms;
}

/** Confirming a receipt is no event: between two events a client may have been the first to have it. */
const withoutReceipt = ({ received_at: _, ...alarm }: Alarm): unknown => alarm;

function faultsOfSnapshots({ log, witnesses }: AlarmKillEvidence): readonly string[] {
  const faults: string[] = [];
  for (const { name, heard } of witnesses) {
    const killed = heard.findIndex(({ kind }) => kind === 'kill');
    for (const one of heard.slice(killed)) {
      if (one.kind !== 'snapshot') continue;
      const expected = liveAfter(log, one.cursor as Cursor);
      const shown = new Map(one.alarms.map((alarm) => [alarm.id, alarm]));
      for (const [id, alarm] of expected) {
        const found = shown.get(id);
        if (found === undefined) faults.push(`${name}: the snapshot at ${one.cursor} lacks ${id}`);
        else if (!isDeepStrictEqual(withoutReceipt(found), withoutReceipt(alarm)))
          faults.push(`${name}: the snapshot at ${one.cursor} has another state of ${id}`);
      }
      for (const id of shown.keys())
        if (!expected.has(id))
          faults.push(`${name}: the snapshot at ${one.cursor} has ${id}, the log has not`);
    }
  }
  return faults;
}

function faultsOfSequences({ log, witnesses }: AlarmKillEvidence): readonly string[] {
  const faults: string[] = [];
  const inLog = new Map(log.map((event) => [event.cursor, event]));
  for (const { name, heard, events } of witnesses) {
    const first = heard.find(({ kind }) => kind === 'snapshot');
    const since = (first?.kind === 'snapshot' ? first.cursor : '0') as Cursor;
    const seen = new Set<Cursor>();
    let last = since;
    for (const event of events) {
      const { cursor } = event;
      if (seen.has(cursor)) faults.push(`${name} got ${cursor} twice`);
      else if (compareCursors(cursor, last) <= 0) faults.push(`${name} got ${cursor} after ${last}`);
      seen.add(cursor);
      last = cursor;
      const logged = inLog.get(cursor);
      if (logged && (logged.event !== event.event || logged.alarm.id !== event.alarm.id))
        faults.push(`${name} got another event at ${cursor} than the log has`);
    }
    for (const { cursor } of log)
      if (compareCursors(cursor, since) > 0 && !seen.has(cursor)) faults.push(`${name} never got ${cursor}`);
  }
  return faults;
}

/**
 * Events that a clinician had and the log had not when the server was dead: relayed, and not on disk yet (a known limit:
 * alarms do not wait for the disk). What became of them is told apart: the alarm is in the log all the same with the same
 * id, another one of the same condition was raised, or neither.
 */
function unlogged({ log, witnesses }: AlarmKillEvidence) {
  const cursors = new Set(log.map(({ cursor }) => cursor));
  const lost = new Map<Cursor, LoggedAlarmEvent>();
  let told = 0;
  for (const { events, heard } of witnesses) {
    const missing = events.filter(({ cursor }) => !cursors.has(cursor));
    for (const event of missing) lost.set(event.cursor, event);
    if (missing.length > 0 && heard.some(({ kind }) => kind === 'gap')) told += 1;
  }
  const derived = { same: 0, another: 0, none: 0 };
  for (const { cursor, event, alarm } of lost.values()) {
    const same = log.some(
      (one) => one.alarm.id === alarm.id && (event !== 'raised' || one.event === 'raised'),
    );
    const another = log.some(
      (one) => conditionOf(one.alarm) === conditionOf(alarm) && compareCursors(one.cursor, cursor) > 0,
    );
    derived[same ? 'same' : another ? 'another' : 'none'] += 1;
  }
  return { events: lost.size, told, ...derived };
}

/** Whether every alarm of before the kill went on as it was, and nobody missed or repeated anything. */
export function judge(evidence: AlarmKillEvidence): AlarmKillVerdict {
  const { atKill, lastAtKill, log } = evidence;
  const lost = unlogged(evidence);
  const count = (of: (alarm: Alarm) => boolean): number => atKill.filter(of).length;
  const known = new Set(
    log.filter(({ cursor }) => compareCursors(cursor, lastAtKill) <= 0).map((e) => e.alarm.id),
  );
  const forgotten = atKill.filter(({ id }) => !known.has(id)).map(({ id }) => `the log has forgotten ${id}`);
  return {
    counts: {
      on: count(({ presence, shelved_until }) => presence === 'on' && shelved_until === null),
      latched: count(({ presence }) => presence === 'latched'),
      acknowledged: count(({ presence }) => presence === 'ack'),
      shelved: count(({ shelved_until }) => shelved_until !== null),
      unattended: count(({ unattended }) => unattended),
      events: log.length,
      unlogged: lost.events,
      rederived: lost.same,
      raised_anew: lost.another,
      gone: lost.none,
      told_of_gap: lost.told,
    },
    faults: [
      ...forgotten,
      ...faultsInLog(log),
      ...faultsOfSnapshots(evidence),
      ...faultsOfSequences(evidence),
    ],
  };
}
