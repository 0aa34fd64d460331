import { join } from 'node:path';
import t, { type Test } from 'tap';
import { openSqliteJournal } from '../../src/journal/journal-sqlite.ts';
import type { AlarmId, Cursor, DeviceId, PatientId } from '../../src/model/ids.ts';
import { MANUAL_DEVICE } from '../../src/model/ids.ts';
import type { VitalsRecord } from '../../src/model/record.ts';
import { laneOf, orderKey } from '../../src/store/lanes.ts';
import type { Point } from '../../src/store/point.ts';
import { StoreError, type TelemetryStore } from '../../src/store/telemetry-store.ts';
import { startWriter } from '../../src/store/writer.ts';
import { writerHealth } from '../../src/store/writer-health.ts';
import type { WriterStatus } from '../../src/store/writer-status.ts';
import { ALARMS, moment, T0 } from '../contracts/telemetry-store.contract.ts';
import { eventually } from '../support/eventually.ts';
import { CLOCK_START, manualClock } from '../support/manual-clock.ts';
import { anObservation } from '../support/observations.ts';
import { aVitalsRecord } from '../support/records.ts';

/** Four devices that go into four lanes. */
const DEVICES = [0, 1, 2, 3].map((lane) => {
  for (let number = 0; ; number++) {
    const id = `D${number}`;
    if (laneOf(id, 4) === lane) return id as DeviceId;
  }
});

const at = (seq: number): number => 1_700_000_000_000 + seq * 1_000;
const withHeartRate = (seq: number, t: number, heart_rate: number, device: DeviceId): VitalsRecord => ({
  ...aVitalsRecord(seq, device),
  parts: [{ patient: 'P1' as PatientId, samples: [{ t, heart_rate }] }],
});

type Fate = (device: string, points: readonly Point[]) => Promise<void>;

/** A writer with four lanes, a frame a write, its clock in the test's hand, and frames of the devices journaled. */
async function fourLanes(t: Test, fate: Fate, devices = DEVICES) {
  const journal = await openSqliteJournal({
    path: join(t.testdir(), 'journal.db'),
    maxPendingBytes: 2 ** 20,
  });
  const clock = manualClock(CLOCK_START + 60_000);
  const begun: string[] = [];
  let opened = 0;
  const store = {
    parallelWrites: 4,
    open: async () => {
      opened += 1;
    },
    write: async (points: readonly Point[]) => {
      const device = points[0] === undefined ? '' : orderKey(points[0]);
      begun.push(device);
      await fate(device, points);
    },
  } as Partial<TelemetryStore> as TelemetryStore;
  const quarantined: Point[] = [];
  const writer = startWriter({
    ...{ journal, store, clock, lingerMs: 0, batchSize: { first: 1, least: 1, most: 1 } },
    retry: { baseMs: 1_000, capMs: 1_000 },
    quarantine: async (point) => void quarantined.push(point),
  });
  for (const [at, device] of devices.entries()) {
    journal.append(aVitalsRecord(devices.indexOf(device) === at ? 1 : 2, device)).catch(t.error);
  }
  const goOn = async (until: () => boolean): Promise<void> => {
    await eventually(() => {
      clock.advance(20);
      return until();
    });
  };
  t.teardown(async () => {
    await writer[Symbol.asyncDispose]();
    await journal[Symbol.asyncDispose]();
  });
  return { journal, clock, writer, begun, opened: () => opened, quarantined, goOn };
}

t.test('what fails is tried again alone, and nothing goes on before the round is whole', async (t) => {
  let failing = true;
  const world = await fourLanes(t, async (device) => {
    if (device === DEVICES[2] && failing) throw new StoreError('transient', 'busy');
  });
  const { journal, writer, begun, goOn } = world;
  await goOn(() => begun.length === 4 && writer.status().state === 'retrying');
  await journal.append(aVitalsRecord(2, DEVICES[0]));
  await goOn(() => begun.length >= 6);
  t.strictSame(new Set(begun.slice(4)), new Set([DEVICES[2]]), 'the other lanes wait');
  const status = writer.status();
  t.match(status, { lagRecords: 5, writesInFlight: 0, written: 3, lastError: { code: 'store_transient' } });
  t.equal(status.oldestUnwritten, aVitalsRecord(1).received);
  failing = false;
  const drained = writer.drained();
  await goOn(() => writer.status().lagRecords === 0);
  await drained;
  t.equal(begun.at(-1), DEVICES[0]);
  t.match(writer.status(), { state: 'idle', written: 5, lagMs: 0, oldestUnwritten: null, lastError: null });
});

t.test('who is denied stops all, until the store was opened again', async (t) => {
  let denying = true;
  const release = Promise.withResolvers<void>();
  const fate = async (device: string): Promise<void> => {
    if (device === DEVICES[0] && denying) throw new StoreError('denied', 'wrong password');
    await release.promise;
  };
  const world = await fourLanes(t, fate, [...DEVICES, ...DEVICES.slice(1, 2)]);
  const { writer, begun, opened, goOn } = world;
  await goOn(() => begun.length === 4 && writer.status().state === 'denied');
  release.resolve();
  await eventually(() => writer.status().writesInFlight === 0);
  t.strictSame([begun.length, opened(), writer.status().written], [4, 1, 3], 'its second frame waits');
  denying = false;
  await goOn(() => writer.status().lagRecords === 0);
  t.strictSame([begun.length, opened()], [6, 2]);
  t.match(writer.status(), { written: 5, lastError: null });
});

t.test(
  'a store that finds even one point too large is for a person to mend: nothing is set aside',
  async (t) => {
    let narrow = true;
    const { writer, quarantined, goOn } = await fourLanes(t, async () => {
      if (narrow) throw new StoreError('too_large', 'more than 0 bytes');
    });
    await goOn(() => writer.status().state === 'denied');
    narrow = false;
    await goOn(() => writer.status().lagRecords === 0);
    t.strictSame(quarantined, []);
  },
);

t.test('what may overwrite each other is in one lane', (t) => {
  const patient = 'p-9' as PatientId;
  const observation = anObservation(T0, { patient });
  const alarm = { ...Object.values(ALARMS)[0]!, id: 'a' as AlarmId, patient };
  const event = { event: 'raised', at: T0, cursor: '1' as Cursor, alarm } as never;
  t.equal(orderKey(moment(T0, {}, { patient, device: MANUAL_DEVICE })), patient);
  t.equal(orderKey({ measurement: 'observations', observation }), patient);
  t.equal(orderKey({ measurement: 'alarms', event }), patient);
  t.equal(orderKey(moment(T0, {}, { patient: null, device: 'd' as DeviceId })), 'd');
  const counts = [0, 0, 0, 0];
  for (let device = 0; device < 4_000; device++) counts[laneOf(`watch-${device}`, 4)]! += 1;
  t.ok(Math.min(...counts) > 800, `devices are spread over the lanes: ${counts}`);
  t.end();
});

t.test(
  'what is written once more to try the store undoes nothing, however many lanes a round has',
  async (t) => {
    const [, , device] = DEVICES as [DeviceId, DeviceId, DeviceId];
    /** Heart rates by device and time, as the last write left them. */
    const stored = new Map<string, number | undefined>();
    let fails = 0;
    const world = await fourLanes(t, async (of, points) => {
      if (of === device && fails > 0) {
        const witness = points.every((point) => point.measurement === 'vitals' && point.t < at(3));
        if (!witness) {
          fails -= 1;
          throw new StoreError('transient', 'busy');
        }
      }
      for (const point of points) {
        if (point.measurement === 'vitals') stored.set(`${point.device} ${point.t}`, point.values.heart_rate);
      }
    });
    const { journal, writer, begun, goOn } = world;
    await goOn(() => begun.length === 4 && writer.status().lagRecords === 0);
    // The same moment with another value, alone in its round.
    await journal.append(withHeartRate(2, at(1), 75, device));
    await goOn(() => writer.status().lagRecords === 0);
    fails = 5;
    await Promise.all(DEVICES.map((of, lane) => journal.append(withHeartRate(3, at(3), 60 + lane, of))));
    await goOn(() => writer.status().lagRecords === 0);
    t.equal(fails, 0);
    t.equal(stored.get(`${device} ${at(1)}`), 75);
    t.equal(stored.get(`${device} ${at(3)}`), 62);
  },
);

t.test('the state for people tells how far behind, since when, and why', (t) => {
  const well: WriterStatus = {
    state: 'writing',
    lastError: null,
    unreadBatches: 3,
    lagRecords: 4_000,
    oldestUnwritten: CLOCK_START,
    lagMs: 2_000,
    stuckMs: 0,
    batchMoments: 5_000,
    writesInFlight: 4,
    recordsPerSecond: 2_000.4,
    written: 1,
    quarantined: 0,
    refusedAgoMs: null,
  };
  t.strictSame(writerHealth(well), {
    state: 'ok',
    detail:
      'writing, 4000 records behind, 2 s, since 2023-11-14T22:13:20.000Z, 2000 records/s in writes of 5000 moments, 4 in flight',
  });
  t.match(writerHealth({ ...well, lagMs: 61_000 }), { state: 'degraded' });
  const error = { code: 'store_denied', message: 'wrong password' };
  t.match(writerHealth({ ...well, state: 'denied', lastError: error, quarantined: 2 }), {
    state: 'degraded',
    detail: /^denied, .*, 2 points refused since the start, store_denied$/,
  });
  const refusing = { ...well, quarantined: 2, refusedAgoMs: 12_000 };
  t.match(writerHealth(refusing), {
    state: 'degraded',
    detail: /2 points refused since the start, the last 12 s ago$/,
  });
  t.match(writerHealth({ ...refusing, refusedAgoMs: 300_000 }), { state: 'ok' });
  t.match(writerHealth({ ...well, state: 'idle', lagRecords: 0 }).detail, /^idle, nothing behind, /);
  t.end();
});
