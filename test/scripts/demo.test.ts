import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { basename, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import t from 'tap';
import type { DemoSummary } from '../../scripts/demo/summary.ts';
import { DEFAULT_LIMITS } from '../../src/model/default-limits.ts';
import { readAlarms } from '../support/alarm-reading.ts';
import { influxdMissing, startInfluxd } from '../support/influxd.ts';
import { numericRecordings, readNumerics, recordingsDirectory } from '../support/recordings.ts';

const SCRIPT = fileURLToPath(new URL('../../scripts/demo.ts', import.meta.url));

// Most of a demo is waiting for its clock.
t.jobs = 3;

async function demo(...args: readonly string[]): Promise<DemoSummary> {
  const { stdout } = await promisify(execFile)(process.execPath, [SCRIPT, '--json', ...args], {
    maxBuffer: 16 * 1024 * 1024,
  });
  return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '');
}

t.test(
  'simulated people: everything arrives, and whoever falls ill is heard of',
  { buffered: true },
  async (t) => {
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
  },
);

t.test(
  'a sample that is refused and a moment that comes twice are not missing',
  { buffered: true },
  async (t) => {
    const rows = Array.from({ length: 8 }, (_, second) => `${second},72,72,15,97`);
    const refused = '8,72,72,15,140';
    const twice = ['9,70,70,15,96', '9,74,NaN,15,95'];
    const folder = t.testdir({
      'bed_Numerics.csv': ['Time [s], HR, PULSE, RESP, SpO2', ...rows, refused, ...twice, ''].join('\n'),
    });
    t.match(await demo('--speed', '5', '--replay', join(folder, 'bed_Numerics.csv')), {
      samples_sent: 11,
      samples_acked: 10,
      samples_rejected: 1,
      samples_stored: 9,
      moments_missing: 0,
      values_sent: 36,
      values_missing: 0,
      interrupted: false,
    });
  },
);

t.test(
  'Ctrl-C ends the playing, and the summary is of what was sent until then',
  { buffered: true },
  async (t) => {
    const child = spawn(process.execPath, [SCRIPT, '--devices', '1', '--seconds', '600', '--speed', '20']);
    const complaint = text(child.stderr);
    const closed = once(child, 'close');
    let said = '';
    let interrupted = false;
    for await (const chunk of child.stdout.setEncoding('utf8')) {
      said += chunk;
      // Once: a second Ctrl-C ends a script at once.
      if (!interrupted && /s of sample time, [1-9]/.test(said)) interrupted = child.kill('SIGINT');
    }
    t.equal(await complaint, '');
    t.same(await closed, [130, null]);
    const [, seconds] = /^Interrupted: 1 wearable, ([\d.]+) s of sample time/m.exec(said) ?? [];
    t.ok(Number(seconds) >= 10 && Number(seconds) < 600, `${seconds} s`);
    const [, ...counts] = /^samples +(\d+) sent, (\d+) acked, (\d+) read back/m.exec(said) ?? [];
    t.same([...new Set(counts)].length, 1, counts.join(', '));
    t.ok(Number(counts[0]) >= 10);
    t.match(said, /\nEverything that was acked is in the store\.\n$/);
  },
);

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

function expectedAlarms(path: string, seconds = Number.POSITIVE_INFINITY): string[] {
  const samples = readNumerics(path, 0).filter((sample) => sample.t < seconds * 1_000);
  const alarms = readAlarms(samples, DEFAULT_LIMITS, { expectedIntervalMs: 1_000 });
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
  { buffered: true, skip: recordings ? false : 'no recordings: ../shared/data' },
  async (t) => {
    if (!recordings) return;
    // Every sixth one: that the engine gives what the rules give is shown for each of them in test/alarms.
    const paths = numericRecordings(recordings)
      .filter((path) => basename(path).startsWith('bidmc'))
      .filter((_, i) => i % 6 === 0);
    const summary = await demo('--speed', '30', '--replay', ...paths);
    t.equal(summary.devices, 7);
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
  { buffered: true, skip: influxdMissing() || (recordings ? false : 'no recordings: ../shared/data') },
  async (t) => {
    if (!recordings) return;
    await using influxd = await startInfluxd();
    // Both desaturate and recover within these.
    const seconds = 950;
    const summary = await demo(
      '--seconds',
      `${seconds}`,
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
      t.same(
        alarmsOf(summary, name),
        expectedAlarms(join(recordings, 'uw_fio2', `${name}.csv`), seconds),
        name,
      );
    }
  },
);
