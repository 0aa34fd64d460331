import { join } from 'node:path';
import t from 'tap';
import { openSqliteJournal } from '../../src/journal/journal-sqlite.ts';
import type { TelemetryStore } from '../../src/store/telemetry-store.ts';
import { startWriter } from '../../src/store/writer.ts';
import { manualClock } from '../support/manual-clock.ts';
import { aVitalsRecord } from '../support/records.ts';

const RECORDS = 300;
const PER_SECOND = 100;
const HOUR_MS = 3_600_000;

for (const behindMs of [HOUR_MS, -HOUR_MS])
  t.test(`a backlog is paced, and its age told, with a clock ${behindMs} ms past its records`, async (t) => {
    await using journal = await openSqliteJournal({
      path: join(t.testdir(), 'journal.db'),
      maxPendingBytes: 2 ** 20,
    });
    // The writer's cursor is from before.
    journal.reader('store');
    for (let seq = 1; seq <= RECORDS; seq += 20) {
      const batch = Array.from({ length: 20 }, (_, at) => journal.append(aVitalsRecord(seq + at)));
      await Promise.all(batch);
    }
    const clock = manualClock(Number(aVitalsRecord(1).received) + behindMs);
    const store = {
      ...{ parallelWrites: 1, open: async () => undefined },
      write: async () => undefined,
    } as Partial<TelemetryStore> as TelemetryStore;
    await using writer = startWriter({
      ...{ journal, store, clock, lingerMs: 0, quarantine: async () => void t.fail() },
      pace: { leastRecords: PER_SECOND, leastMoments: PER_SECOND },
    });
    const goOn = async (ms: number): Promise<void> => {
      for (let passed = 0; passed < ms; passed += 20) {
        clock.advance(20);
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
    };
    await goOn(1_000);
    const { written, lagMs } = writer.status();
    t.ok(written > 0 && written <= 2 * PER_SECOND, `${written} written in a second`);
    t.ok(lagMs >= 900, `${lagMs} ms behind`);
    for (let waited = 0; writer.status().lagRecords > 0 && waited < 10_000; waited += 500) await goOn(500);
    t.match(writer.status(), { written: RECORDS, lagRecords: 0, lagMs: 0 });
  });
