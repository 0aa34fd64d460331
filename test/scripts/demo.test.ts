import { execFile } from 'node:child_process';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import t from 'tap';
import type { DemoSummary } from '../../scripts/demo/summary.ts';
import { DEFAULT_LIMITS } from '../../src/model/default-limits.ts';
import { readAlarms } from '../support/alarm-reading.ts';
import { influxdMissing, startInfluxd } from '../support/influxd.ts';
import { numericRecordings, readNumerics, recordingsDirectory } from '../support/recordings.ts';

const SCRIPT = fileURLToPath(new URL('../../scripts/demo.ts', import.meta.url));

async function demo(...args: readonly string[]): Promise<DemoSummary> {
  const { stdout } = await promisify(execFile)(process.execPath, [SCRIPT, '--json', ...args], {
    maxBuffer: 16 * 1024 * 1024,
  });
  return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '');
}

t.test('simulated people: everything arrives, and whoever falls ill is heard of', async (t) => {
  const summary = await demo('--seconds', '20', '--devices', '6', '--speed', '10');
  t.equal(summary.devices, 6);
  t.ok(summary.samples_sent >= 6 * 18, `${summary.samples_sent} samples`);
  t.equal(summary.samples_acked, summary.samples_sent);
  t.equal(summary.samples_stored, summary.samples_sent);
  t.match(summary, { samples_rejected: 0, values_missing: 0, store: 'sqlite' });
  t.match(
    summary.alarms.find((alarm) => alarm.patient === 'bed-1'),
    { vital: 'spo2', direction: 'low', priority: 'high', kind: 'physiological' },
  );
  t.ok(summary.alarm_latency_ms && summary.alarm_latency_ms.p99 >= summary.alarm_latency_ms.p50);
});

/** What demo and reading tell alike; priorities of technical alarms are no part of the rules. */
function line(alarm: {
  kind: string;
  vital: string | null;
  direction: string | null;
  priority: string;
  onset: number;
  clear: number | null;
}): string {
  return [
    alarm.kind,
    alarm.vital,
    alarm.direction,
    alarm.kind === 'technical' ? '' : alarm.priority,
    alarm.onset,
    alarm.clear,
  ].join(' ');
}

/**
 * The demo's alarms of a patient that follow from sample times alone. Silence of a whole device is told by real time:
 * on a busy machine, a stall of a third of a second is ten at this speed.
 */
function alarmsOf(summary: DemoSummary, patient: string): string[] {
  return summary.alarms
    .filter((alarm) => alarm.patient === patient && alarm.vital !== null)
    .map(line)
    .sort();
}

function expectedAlarms(path: string): string[] {
  const alarms = readAlarms(readNumerics(path, 0), DEFAULT_LIMITS, { expectedIntervalMs: 1_000 });
  return alarms
    .map((alarm) =>
      line({
        ...alarm,
        onset: alarm.onset / 1_000,
        clear: alarm.clear === null ? null : alarm.clear / 1_000,
      }),
    )
    .sort();
}

const recordings = recordingsDirectory();

t.test(
  'the recorded patients: every value stored, the alarms those of the rules',
  { skip: recordings ? false : 'no recordings: ../shared/data' },
  async (t) => {
    if (!recordings) return;
    const paths = numericRecordings(recordings).filter((path) => basename(path).startsWith('bidmc'));
    const summary = await demo('--speed', '30', '--replay', ...paths);
    t.equal(summary.devices, 40);
    t.equal(
      summary.samples_sent,
      paths.reduce((sum, path) => sum + readNumerics(path, 0).length, 0),
    );
    t.match(summary, {
      samples_acked: summary.samples_sent,
      samples_stored: summary.samples_sent,
      samples_rejected: 0,
      values_missing: 0,
    });
    for (const path of paths) {
      const patient = basename(path).replace('_Numerics.csv', '');
      t.same(alarmsOf(summary, patient), expectedAlarms(path), patient);
    }
  },
);

t.test(
  'the same on InfluxDB: two desaturating volunteers',
  { skip: influxdMissing() || (recordings ? false : 'no recordings: ../shared/data') },
  async (t) => {
    if (!recordings) return;
    await using influxd = await startInfluxd();
    const summary = await demo(
      '--speed',
      '60',
      '--influx',
      influxd.url,
      '--replay',
      ...['subject_1.csv', 'subject_2.csv'].map((name) => join(recordings, 'uw_fio2', name)),
    );
    t.match(summary, {
      devices: 2,
      samples_acked: summary.samples_sent,
      samples_stored: summary.samples_sent,
      values_missing: 0,
      store: 'influxdb 1.x',
    });
    for (const name of ['subject_1', 'subject_2']) {
      t.same(alarmsOf(summary, name), expectedAlarms(join(recordings, 'uw_fio2', `${name}.csv`)), name);
    }
  },
);
