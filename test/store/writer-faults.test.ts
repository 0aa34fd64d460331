import { join } from 'node:path';
import fc from 'fast-check';
import t, { type Test } from 'tap';
import { systemClock } from '../../src/core/clock.ts';
import type { Journal, JournalReader } from '../../src/journal/journal.ts';
import { openSqliteJournal } from '../../src/journal/journal-sqlite.ts';
import type { DeviceId, PatientId } from '../../src/model/ids.ts';
import type { VitalsRecord } from '../../src/model/record.ts';
import { orderKey } from '../../src/store/lanes.ts';
import type { Point } from '../../src/store/point.ts';
import { StoreError, type StoreFailure, type TelemetryStore } from '../../src/store/telemetry-store.ts';
import { startWriter } from '../../src/store/writer.ts';
import { aVitalsRecord } from '../support/records.ts';

const DEVICES = 7;
const clock = systemClock();

/** Which frame of which device a point is. */
function frameOf(point: Point): { readonly key: string; readonly seq: number } {
  if (point.measurement !== 'vitals') throw new Error(`a ${point.measurement} was never sent`);
  return { key: orderKey(point), seq: Number(point.values.heart_rate) };
}

/** Numbers that look random and are the same for a seed (a linear congruential generator). */
function draws(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

interface Faults {
  readonly seed: number;
  /** Share of the writes that fail, whatever they hold. */
  readonly failing: number;
  /** Share of the points that are refused. */
  readonly refused: number;
  readonly maxPoints: number;
  readonly lanes: number;
}

/** A store in memory that fails by its seed; it checks what a store sees, `complaints` says what was wrong. */
function failingStore({ seed, failing, refused, maxPoints, lanes }: Faults) {
  const draw = draws(seed);
  const stored = new Map<string, Set<number>>();
  /** What a reader would see of each device: the point written last. */
  const newest = new Map<string, number>();
  const underWay = new Set<string>();
  const complaints: string[] = [];
  let writes = 0;
  let opened = false;

  const isRefused = (point: Point): boolean => {
    const { key, seq } = frameOf(point);
    return draws(seed ^ (seq * 31 + key.charCodeAt(1)))() < refused;
  };
  const keep = (points: readonly Point[]): void => {
    for (const { key, seq } of points.filter((point) => !isRefused(point)).map(frameOf)) {
      stored.set(key, (stored.get(key) ?? new Set()).add(seq));
      newest.set(key, seq);
    }
  };
  const fail = (failure: StoreFailure): never => {
    throw new StoreError(failure, 'as seeded');
  };
  async function settle(points: readonly Point[]): Promise<void> {
    await new Promise((resolve) => (draw() < 0.3 ? setTimeout(resolve, draw() * 3) : setImmediate(resolve)));
    if (points.length > maxPoints) fail('too_large');
    const fate = draw() / failing;
    if (fate < 0.1) {
      opened = false;
      fail('denied');
    }
    if (fate < 0.5) fail('transient');
    // Written, and the answer lost; or half of it.
    if (fate < 0.75) {
      keep(points);
      fail('transient');
    }
    if (fate < 1) {
      keep(points.slice(0, points.length >> 1));
      fail('transient');
    }
    // Some versions keep the others of a batch, some keep none.
    if (points.some(isRefused)) {
      if (draw() < 0.5) keep(points);
      fail('invalid');
    }
    keep(points);
  }

  const store = {
    name: 'failing',
    parallelWrites: lanes,
    open: async () => {
      if (draw() < failing) fail(draw() < 0.5 ? 'denied' : 'transient');
      opened = true;
    },
    async write(points: readonly Point[]) {
      const keys = new Set(points.map((point) => frameOf(point).key));
      for (const key of keys) if (underWay.has(key)) complaints.push(`two writes of ${key} at once`);
      for (const key of keys) underWay.add(key);
      if (++writes === 1 && !opened) complaints.push('written before it was opened');
      try {
        await settle(points);
      } finally {
        for (const key of keys) underWay.delete(key);
      }
    },
  } as Partial<TelemetryStore> as TelemetryStore;
  return { store, stored, newest, isRefused, complaints };
}

/** Journals `frames` frames of several devices in batches of different sizes. */
async function fill(journal: Journal, frames: number): Promise<readonly VitalsRecord[]> {
  const records: VitalsRecord[] = [];
  let last: Promise<void> | null = null;
  for (let at = 0; at < frames; at++) {
    const frame = aVitalsRecord(Math.floor(at / DEVICES) + 1, `D${at % DEVICES}` as DeviceId);
    const [sample] = frame.parts[0]?.samples ?? [];
    const value = { t: Number(sample?.t), heart_rate: frame.seq };
    const record = { ...frame, parts: [{ patient: 'P1' as PatientId, samples: [value] }] };
    records.push(record);
    last = journal.append(record);
    if (at % 37 === 0) await last;
  }
  await last;
  return records;
}

async function lossless(t: Test, faults: Faults): Promise<void> {
  await using journal = await openSqliteJournal({
    path: join(t.testdir(), 'journal.db'),
    maxPendingBytes: 2 ** 24,
  });
  const double = failingStore(faults);
  const quarantined = new Map<string, number>();
  const complaints: string[] = [];
  const records = await fill(journal, 700);
  const handled = (record: VitalsRecord): boolean =>
    double.stored.get(record.device)?.has(record.seq) === true ||
    quarantined.has(`${record.device} ${record.seq}`);
  let done = 0;
  /** Tells whether a cursor passes what is in neither place. */
  const watched = (reader: JournalReader): JournalReader => {
    let given = 0;
    return {
      async next(signal) {
        const batch = await reader.next(signal);
        given += batch.records.length;
        sizes.push([batch.position, given]);
        return batch;
      },
      commit(position) {
        const through = sizes.findLast(([at]) => at <= position)?.[1] ?? 0;
        for (const record of records.slice(done, through)) {
          if (!handled(record)) complaints.push(`the cursor passed ${record.device} ${record.seq}`);
        }
        done = through;
        return reader.commit(position);
      },
    };
  };
  const sizes: [number, number][] = [];
  await using writer = startWriter({
    journal: { reader: (name) => watched(journal.reader(name)), stats: () => journal.stats() },
    store: double.store,
    clock,
    lingerMs: 1,
    batchSize: { first: 40, least: 5, most: 60, step: 5 },
    pace: { leastRecords: 1e6, leastMoments: 1e6 },
    retry: { baseMs: 0.5, capMs: 2 },
    deniedRetryMs: 2,
    quarantine: async (point) => {
      const { key, seq } = frameOf(point);
      if (!double.isRefused(point)) complaints.push(`${key} ${seq} was not refused`);
      quarantined.set(`${key} ${seq}`, (quarantined.get(`${key} ${seq}`) ?? 0) + 1);
    },
  });
  await writer.drained();
  const missing = records.filter((record) => !handled(record));
  const twice = [...quarantined].filter(([, times]) => times > 1);
  for (let device = 0; device < DEVICES; device++) {
    const key = `D${device}`;
    const last = Math.max(...(double.stored.get(key) ?? []));
    if (double.newest.get(key) !== last) complaints.push(`of ${key} an older point was written last`);
  }
  const found = { complaints: [...complaints, ...double.complaints], missing, twice };
  const { writesInFlight, lagRecords, lastError, quarantined: told } = writer.status();
  const none = { complaints: [], missing: [], twice: [] };
  if (JSON.stringify(found) !== JSON.stringify(none)) throw new Error(JSON.stringify(found).slice(0, 2_000));
  if (told !== quarantined.size || writesInFlight !== 0 || lagRecords !== 0 || lastError !== null) {
    throw new Error(`wrong status: ${JSON.stringify(writer.status())}`);
  }
}

t.test(
  'loses nothing, keeps each device in order and sets aside the refused alone, however a store fails',
  async (t) => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          seed: fc.nat(),
          failing: fc.constantFrom(0, 0.2, 0.6),
          refused: fc.constantFrom(0, 0.01, 0.2),
          maxPoints: fc.constantFrom(7, 1_000),
          lanes: fc.constantFrom(1, 4),
        }),
        (faults) => lossless(t, faults),
      ),
      { numRuns: 10, examples: [[{ seed: 1, failing: 0.6, refused: 0.2, maxPoints: 7, lanes: 4 }]] },
    );
  },
);
