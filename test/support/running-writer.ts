import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Test } from 'tap';
import { systemClock } from '../../src/core/clock.ts';
import type { Journal } from '../../src/journal/journal.ts';
import { openSqliteJournal } from '../../src/journal/journal-sqlite.ts';
import type { DeviceId, PatientId, StreamId } from '../../src/model/ids.ts';
import type { VitalsRecord } from '../../src/model/record.ts';
import type { Sample } from '../../src/model/sample.ts';
import type { Point } from '../../src/store/point.ts';
import type { TelemetryStore } from '../../src/store/telemetry-store.ts';
import { startWriter, type Writer, type WriterOptions } from '../../src/store/writer.ts';
import type { WriterStatus } from '../../src/store/writer-status.ts';

export const T0 = Date.UTC(2026, 2, 14, 9);
export const DEVICE = 'watch-1' as DeviceId;
export const PATIENT = 'patient-1' as PatientId;
const clock = systemClock();

/** Frame `seq` of the device, a second after the one before. */
export function frame(
  seq: number,
  samples: readonly Sample[] = [{ t: T0 + seq * 1_000, heart_rate: seq }],
): VitalsRecord {
  return {
    kind: 'vitals',
    device: DEVICE,
    stream: '0b1c3a52-7a3e-4c7e-9d57-2a8f6c1e4b90' as StreamId,
    seq,
    received: T0 + seq * 1_000,
    skew: 0,
    parts: [{ patient: PATIENT, samples }],
  };
}

export const openJournal = (t: Test): Promise<Journal> =>
  openSqliteJournal({ path: join(t.testdir(), 'journal.db'), maxPendingBytes: 64 * 2 ** 20 });

/** A writer, what it set aside, and what it told. */
export interface Running {
  readonly writer: Writer;
  readonly quarantined: { readonly point: Point; readonly cursor: number }[];
  readonly told: WriterStatus[];
}

/** Starts a writer that is in a hurry. */
export function run(journal: Journal, store: TelemetryStore, more: Partial<WriterOptions> = {}): Running {
  const quarantined: { point: Point; cursor: number }[] = [];
  const told: WriterStatus[] = [];
  const writer = startWriter({
    journal,
    store,
    clock,
    lingerMs: 5,
    retry: { baseMs: 10, capMs: 50 },
    deniedRetryMs: 50,
    quarantine: async (point) => {
      quarantined.push({ point, cursor: journal.stats().unread.store ?? 0 });
    },
    onState: (status) => told.push(status),
    ...more,
  });
  return { writer, quarantined, told };
}

/** The heart rates of the patient, as stored. */
export const stored = (store: TelemetryStore) =>
  store.values({ subject: { patient: PATIENT }, vital: 'heart_rate', from: 0, to: T0 * 2, limit: 1_000_000 });

/** Waits until it is so, 20 s at most. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  for (let waited = 0; !condition(); waited += 10) {
    if (waited > 20_000) throw new Error(`waited in vain until ${what}`);
    await delay(10);
  }
}

export function withDispose(running: Running): Running & AsyncDisposable {
  return { ...running, [Symbol.asyncDispose]: () => running.writer[Symbol.asyncDispose]() };
}
