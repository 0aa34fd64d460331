import { join } from 'node:path';
import t, { type Test } from 'tap';
import { DEFAULT_RESPONSE_TIMES } from '../../src/alarms/subject-rules.ts';
import type { ScoreChange } from '../../src/bus/bus.ts';
import { openEmbeddedBus } from '../../src/bus/bus-embedded.ts';
import { AlarmDesk } from '../../src/ingest/alarm-desk.ts';
import { HistoryRecall, type HistoryRecallOptions } from '../../src/ingest/history-recall.ts';
import { MAX_ENTERED_PER_HOUR, ObservationDesk } from '../../src/ingest/observations.ts';
import { openSqliteJournal } from '../../src/journal/journal-sqlite.ts';
import { clinicianId, deviceId, MANUAL_DEVICE, patientId, wardId } from '../../src/model/ids.ts';
import type { Observation } from '../../src/model/observation.ts';
import { createLog } from '../../src/observe/log.ts';
import { openSqliteRegistry } from '../../src/registry/registry-sqlite.ts';
import { StoreError } from '../../src/store/telemetry-store.ts';
import { eventually } from '../support/eventually.ts';
import { manualClock } from '../support/manual-clock.ts';
import { anObservation } from '../support/observations.ts';

const P1 = patientId('p-1');
const NURSE = clinicianId('nurse-1');
const HOUR = 3_600_000;
const VITALS = { resp_rate: 16, spo2: 97, systolic_bp: 120, pulse_rate: 70, body_temp: 37 };

async function world(t: Test) {
  const directory = t.testdir();
  const clock = manualClock();
  const onError = (error: Error): void => {
    t.fail(error.message, { found: error });
  };
  const registry = await openSqliteRegistry({ path: join(directory, 'registry.db'), onError });
  const bus = await openEmbeddedBus({ path: join(directory, 'alarms.db'), clock, onError });
  const journal = await openSqliteJournal({
    path: join(directory, 'journal.db'),
    maxPendingBytes: 1_000_000,
    clock,
  });
  for (const id of ['p-1', 'p-2'])
    await registry.addPatient({
      ...{ id: patientId(id), ward: wardId('ward-1') },
      ...{ label: id, news2: 'scale_1' as const },
    });
  const times = DEFAULT_RESPONSE_TIMES;
  const desk = new AlarmDesk({
    registry,
    bus,
    clock,
    times,
    onEvent: () => undefined,
    onError: (error) => {
      throw error;
    },
  });
  const scores: ScoreChange[] = [];
  const relayed: Observation[] = [];
  bus.subscribe({
    score: (change) => void scores.push(change),
    observation: (observation) => void relayed.push(observation),
  });
  const entered: Observation[] = [];
  const onEntered = (observation: Observation): void => void entered.push(observation);
  const observations = new ObservationDesk({ registry, journal, desk, bus, clock, onEntered });
  t.teardown(async () => {
    desk[Symbol.dispose]();
    await journal[Symbol.asyncDispose]();
    await bus[Symbol.asyncDispose]();
    await registry[Symbol.asyncDispose]();
  });
  const recall = (parts: Pick<HistoryRecallOptions, 'read'> & Partial<HistoryRecallOptions>) =>
    new HistoryRecall({
      ...{ registry, desk, clock, log: createLog('silent'), stored: async () => {} },
      ...{ onVitals: () => undefined, ...parts },
    });
  return { clock, registry, bus, journal, desk, observations, scores, relayed, entered, recall };
}

t.test('what is entered is journaled, relayed and scored, and told once a change', async (t) => {
  const { observations, journal, scores, relayed, entered, clock } = await world(t);
  const by = NURSE;
  const observation = await observations.enter({ patient: P1, by, values: VITALS, oxygen: 'air' });
  t.match(observation, { t: clock.now(), entered: clock.now(), consciousness: null, by: NURSE });
  t.same(relayed, [observation]);
  t.same(entered, [observation]);
  const { records } = await journal.reader('check').next(AbortSignal.timeout(5_000));
  t.same(records, [{ kind: 'observation', observation }]);
  t.match(scores, [{ patient: P1, news2: { kind: 'partial', lacks: ['consciousness'] } }]);
  await observations.enter({ patient: P1, by, consciousness: 'alert' });
  await observations.enter({ patient: P1, by, values: { body_temp: 37.2 } });
  t.match(scores.slice(1), [{ news2: { kind: 'score', score: 0 } }], 'another value, the same score');
  await observations.enter({ patient: P1, by, values: { body_temp: 39.2 } });
  t.match(scores.slice(2), [{ news2: { score: 2, trigger: 'low' } }]);
  t.match(observations.news2(P1), { score: 2 });
  t.match(observations.news2(patientId('p-2')), { kind: 'partial', inputs: [] });
});

t.test('the time of an observation: now, in the last 24 h, a little ahead is now', async (t) => {
  const { observations, clock } = await world(t);
  const now = clock.now();
  const enter = async (at: number) =>
    (await observations.enter({ patient: P1, by: NURSE, oxygen: 'air', t: at })).t;
  t.equal(await enter(now - 24 * HOUR), now - 24 * HOUR);
  t.equal(await enter(now + 60_000), now);
  for (const at of [now + 60_001, now - 24 * HOUR - 1, 1.5, Number.NaN])
    await t.rejects(enter(at), { code: 'invalid_observation', details: { field: 't' } }, String(at));
  const nobody = { patient: patientId('p-9'), by: NURSE, oxygen: 'air' } as const;
  await t.rejects(observations.enter(nobody), { code: 'patient_unknown' });
});

t.test('nothing that was refused is scored, relayed or journaled', async (t) => {
  const { observations, relayed, scores, journal } = await world(t);
  const impossible = { patient: P1, by: NURSE, values: { ...VITALS, spo2: 101 } };
  await t.rejects(observations.enter(impossible), { code: 'invalid_observation', message: /spo2 101/ });
  await t.rejects(observations.enter({ patient: P1, by: NURSE, values: {} }), {
    code: 'invalid_observation',
  });
  t.same([relayed, scores], [[], []]);
  t.equal(journal.stats().position, 0);
});

t.test('one person enters so many an hour, and is told how long to wait', async (t) => {
  const { observations, clock, relayed } = await world(t);
  const entry = { patient: P1, by: NURSE, oxygen: 'air' } as const;
  await Promise.all(Array.from({ length: MAX_ENTERED_PER_HOUR }, () => observations.enter(entry)));
  clock.advance(60_000);
  await t.rejects(observations.enter(entry), { code: 'too_many_observations', details: { wait_s: 59 * 60 } });
  await observations.enter({ ...entry, by: clinicianId('nurse-2') });
  t.equal(relayed.length, MAX_ENTERED_PER_HOUR + 1);
  clock.advance(59 * 60_000);
  await observations.enter(entry);
});

t.test('a journal that takes nothing: the caller hears that it was not kept', async (t) => {
  const { observations, journal, entered } = await world(t);
  await journal[Symbol.asyncDispose]();
  const entry = { patient: P1, by: NURSE, oxygen: 'air' } as const;
  await t.rejects(observations.enter(entry), { code: 'observation_not_kept' });
  t.same(entered, []);
});

t.test('a patient whose inputs all come by hand is not forgotten between two rounds', async (t) => {
  const { observations, desk, clock, scores } = await world(t);
  await observations.enter({
    ...{ patient: P1, by: NURSE, values: VITALS },
    ...{ oxygen: 'air', consciousness: 'alert' },
  });
  for (let minute = 0; minute <= 15; minute++) {
    desk.sweep(clock.now());
    clock.advance(60_000);
  }
  desk.sweep(clock.now());
  t.match(scores.at(-1)?.news2, { kind: 'partial', lacks: ['resp_rate', 'spo2', 'pulse'] });
  clock.advance(12 * HOUR);
  desk.sweep(clock.now());
  const last = scores.at(-1)?.news2;
  t.equal(last?.kind === 'partial' && last.lacks.length, 7);
});

t.test('after a start, what is stored is taken up as far as nothing newer is known', async (t) => {
  const { recall, desk, clock, scores, observations } = await world(t);
  const now = clock.now();
  await observations.enter({ patient: P1, by: NURSE, oxygen: 'oxygen' });
  const inputs = {
    vitals: [
      { vital: 'systolic_bp', value: 95, t: now, measured: now - HOUR, device: deviceId('cuff-1') },
      { vital: 'body_temp', value: 38.5, t: now, measured: now - 2 * HOUR, device: MANUAL_DEVICE },
    ] as const,
    observations: [
      anObservation(now - HOUR, { patient: P1, oxygen: 'air', consciousness: 'confused' }),
      anObservation(now - 3 * HOUR, { patient: P1, oxygen: 'air', consciousness: 'alert' }),
    ],
  };
  const none = { vitals: [], observations: [] };
  const told: unknown[] = [];
  await using recalled = recall({
    read: async (patient) => (patient === P1 ? inputs : none),
    onVitals: (...of) => void told.push(of),
  });
  await recalled.done;
  t.same(told, [[P1, inputs.vitals]], 'whoever shows them hears of them');
  t.match(desk.news2(P1, now), {
    lacks: ['resp_rate', 'spo2', 'pulse'],
    inputs: [
      { parameter: 'oxygen', value: 'oxygen' },
      { parameter: 'systolic_bp', points: 2, measured: now - HOUR },
      { parameter: 'consciousness', value: 'confused' },
      { parameter: 'temperature', value: 38.5 },
    ],
  });
  t.equal(scores.length, 2, 'and nobody of whom nothing is stored');
});

t.test('a store that cannot be read is tried again, and holds up nothing', async (t) => {
  const { recall, desk, clock } = await world(t);
  const now = clock.now();
  let reads = 0;
  const found = { vitals: [], observations: [anObservation(now - HOUR, { patient: P1 })] };
  await using recalled = recall({
    read: async () => {
      reads++;
      if (reads <= 2) throw new StoreError('transient', 'it is away');
      return found;
    },
  });
  await eventually(() => reads === 2);
  t.match(desk.news2(P1, now), { inputs: [] });
  await eventually(async () => {
    clock.advance(30_000);
    return reads >= 4;
  });
  await recalled.done;
  t.match(desk.news2(P1, now), { inputs: [{ parameter: 'oxygen' }, { parameter: 'consciousness' }] });
});

t.test('stopping ends a recall that waits', async (t) => {
  const { recall } = await world(t);
  const waiting = recall({
    stored: () => new Promise(() => {}),
    read: async () => t.fail('too early') as never,
  });
  await waiting[Symbol.asyncDispose]();
  const failing = recall({
    read: async () => {
      throw new StoreError('transient', 'it is away');
    },
  });
  await new Promise((resolve) => setImmediate(resolve));
  await failing[Symbol.asyncDispose]();
});
