import { writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import t from 'tap';
import { burdenOf } from '../../scripts/alarms/burden.ts';
import { type ReplayedAlarm, replayAlarms } from '../../scripts/alarms/replay-alarms.ts';
import { readRecordings } from '../../scripts/replay/read-recording.ts';
import { DEFAULT_RESPONSE_TIMES } from '../../src/alarms/subject-rules.ts';
import { DEFAULT_LIMITS } from '../../src/model/default-limits.ts';
import { effectiveLimits } from '../../src/model/effective-limits.ts';
import { type ReadAlarm, readAlarms } from '../support/alarm-reading.ts';
import { numericRecordings, readNumerics, recordingsDirectory } from '../support/recordings.ts';
import { runCommand } from '../support/script-run.ts';

const LIMITS = effectiveLimits(DEFAULT_LIMITS, [], null, null);

/** What script and reading both tell of an alarm; the reading knows of technical ones only `signal_lost` of a vital. */
function comparable(alarms: readonly ReplayedAlarm[]): string[] {
  return alarms.flatMap(({ alarm, times }) => {
    const { latched = [], recurred = [], escalated = [] } = times;
    const life = [alarm.priority, alarm.onset, latched, recurred, escalated, alarm.cleared].join(' | ');
    if (alarm.kind === 'technical')
      return alarm.condition === 'signal_lost' && alarm.vital ? [`${alarm.vital} null ${life}`] : [];
    if (alarm.cause !== 'limit') throw new Error(`a ${alarm.cause} alarm by the built-in limits`);
    return [`${alarm.vital} ${alarm.direction} ${life}`];
  });
}

function comparableReading(alarms: readonly ReadAlarm[]): string[] {
  return alarms.map(({ vital, direction, priority, onset, latched, recurred, escalated, clear }) =>
    [`${vital} ${direction} ${priority}`, onset, latched, recurred, escalated, clear].join(' | '),
  );
}

const directory = recordingsDirectory();
const skip = directory ? false : 'no recordings: ../shared/data';

t.test('every recording gives what an independent reading of the rules gives', { skip }, async (t) => {
  const paths = numericRecordings(directory ?? '');
  const recordings = await readRecordings(paths);
  t.equal(recordings.length, 42);
  const happened = { latched: 0, recurred: 0, escalated: 0 };
  for (const [i, recording] of recordings.entries()) {
    const alarms = replayAlarms(recording, { limits: LIMITS, acknowledgeAfterMs: null });
    const samples = readNumerics(paths[i]!);
    const read = readAlarms(samples, DEFAULT_LIMITS, {
      expectedIntervalMs: 1_000,
      response: {
        patienceMs: DEFAULT_RESPONSE_TIMES.escalateAfterMs,
        furtherCircles: 2,
        lookEveryMs: 1_000,
        until: samples.at(-1)!.t,
      },
    });
    t.same(comparable(alarms).sort(), comparableReading(read).sort(), basename(paths[i]!));
    for (const { times } of alarms)
      for (const event of ['latched', 'recurred', 'escalated'] as const)
        happened[event] += times[event]?.length ?? 0;
  }
  t.ok(happened.latched > 2 && happened.recurred > 2 && happened.escalated > 10, JSON.stringify(happened));
});

t.test('delays and margins take alarms away, each by itself and both together', { skip }, async (t) => {
  const burden = burdenOf(await readRecordings(numericRecordings(directory ?? '')));
  const [asTheyAre, noOnset, noClear, neither] = burden.settings.map(({ alarms }) => alarms.all);
  t.ok(asTheyAre! < noOnset! && asTheyAre! < noClear! && noOnset! < neither! && noClear! < neither!);
  t.equal(burden.settings[0]?.reduction, 1 - asTheyAre! / neither!);
  t.equal(burden.settings[3]?.reduction, 0);
  const { alarms, per_patient_hour } = burden.settings[0]!;
  t.equal(Math.round(per_patient_hour.high * burden.patient_hours), alarms.high);
  t.equal(alarms.low + alarms.medium + alarms.high, alarms.all);
});

/** Seconds of heart rate 100, 160 (high), 100, 125 (medium), then 100. */
function night(directory: string, name = 'night.csv'): void {
  const rows: string[] = [];
  const add = (seconds: number, rate: number): void => {
    for (let i = 0; i < seconds; i++) rows.push(`${rows.length},${rate},NaN,NaN,97`);
  };
  add(10, 100);
  add(5, 160);
  add(85, 100);
  add(20, 125);
  add(30, 100);
  writeFileSync(join(directory, name), ['Time [s], HR, PULSE, RESP, SpO2', ...rows].join('\n'));
}

t.test('replay', async (t) => {
  const cwd = t.testdir();
  night(cwd);
  const first = async (line: string) =>
    (await runCommand(t, cwd, 0, `alarms replay --json night.csv${line}`)).json.recordings[0].alarms;
  t.strictSame(await first(''), [
    {
      ...{ id: 'night:heart_rate:high:13000', kind: 'physiological', cause: 'limit', vital: 'heart_rate' },
      ...{ course: 'high', priority: 'high', retrospective: false, onset_s: 13, priority_raised_s: [] },
      ...{ escalated_s: [73, 133], acknowledged_s: [], realerted_s: [], latched_s: [20, 125] },
      ...{ recurred_s: [110], clear_s: null },
    },
  ]);
  const seen = await first(' --acknowledge-after 30');
  t.match(seen, [
    { onset_s: 13, priority: 'high', latched_s: [20], acknowledged_s: [43], escalated_s: [], clear_s: 43 },
    { onset_s: 110, priority: 'medium', latched_s: [], clear_s: 125 },
  ]);
  t.equal(seen.length, 2, 'the one that was seen is over: the next is another');

  const tier = { priority: 'medium', onset_delay_ms: 5_000, clear_margin: 0, clear_delay_ms: 0 };
  writeFileSync(
    join(cwd, 'limits.json'),
    JSON.stringify([
      { target: 'heart_rate:high', tiers: [] },
      { target: 'heart_rate:rising', tiers: [{ ...tier, change: 20, window_ms: 60_000 }] },
    ]),
  );
  const chosen = await first(' --limits limits.json');
  t.match(chosen[0], { cause: 'change', vital: 'heart_rate', course: 'rising', priority: 'medium' });
  t.ok(chosen.every(({ cause }: { cause: string }) => cause === 'change'));

  const { stdout } = await runCommand(t, cwd, 0, 'alarms replay night.csv');
  t.match(
    stdout,
    /^RECORDING +KIND +CAUSE +VITAL +COURSE +PRIORITY +ONSET +ESCALATED +LATCHED +BACK +CLEAR\n/,
  );
  t.match(
    stdout,
    /night +physiological +limit +heart_rate +high +high +13 +73 133 +20 125 +110 +-\n\n1 alarm in 1 recording\.\n/,
  );
});

t.test('mistakes name the file and the cure', async (t) => {
  const cwd = t.testdir();
  night(cwd);
  writeFileSync(join(cwd, 'broken.csv'), 'Time [s], HR, PULSE, RESP, SpO2\n0,sixty,1,1,1\n');
  writeFileSync(join(cwd, 'limits.json'), '[{"target": "spo2:sideways", "tiers": []}]');
  t.match(
    (await runCommand(t, cwd, 1, 'alarms replay night.csv broken.csv')).stderr,
    /broken\.csv, line 2.*"sixty"/,
  );
  t.match((await runCommand(t, cwd, 1, 'alarms replay no.csv')).stderr, /no\.csv: can't be read \(ENOENT\)/);
  t.match(
    (await runCommand(t, cwd, 1, 'alarms replay night.csv --limits limits.json')).stderr,
    /limits\.json: entry 1/,
  );
  await runCommand(t, cwd, 2, 'alarms replay');
  await runCommand(t, cwd, 2, 'alarms replay night.csv --acknowledge-after soon');
  await runCommand(t, cwd, 2, 'alarms');
});

t.test('burden of named files, as text and JSON', async (t) => {
  const cwd = t.testdir();
  night(cwd);
  const { json } = await runCommand(t, cwd, 0, 'alarms burden night.csv --json');
  t.match(json, { recordings: 1, patient_hours: 149 / 3_600 });
  t.same(
    json.settings.map(({ limits, alarms }: { limits: string; alarms: unknown }) => [limits, alarms]),
    [
      ['as they are', { low: 0, medium: 1, high: 1, all: 2 }],
      ['without onset delays', { low: 0, medium: 1, high: 1, all: 2 }],
      ['without clear margins and delays', { low: 0, medium: 1, high: 1, all: 2 }],
      ['without both', { low: 0, medium: 1, high: 1, all: 2 }],
    ],
  );
  const { stdout } = await runCommand(t, cwd, 0, 'alarms burden night.csv');
  t.match(stdout, /^1 recordings?, 0\.04 patient-hours/);
});

t.test('a file cannot speak to the terminal through the errors it causes', async (t) => {
  const cwd = t.testdir({
    'night.csv': 'time,\u009b31mHR\n0,60\n',
    'limits.json': '[{"target": "spo2:\\u001b[31mlow\\u202e", "tiers": []}]',
  });
  for (const line of ['alarms replay night.csv', 'alarms replay night.csv --limits limits.json']) {
    const { stderr } = await runCommand(t, cwd, 1, line);
    t.match(stderr, /^error: .*\(\w+\)\n$/);
    t.notMatch(stderr.trimEnd(), /[\p{Cc}\u202e]/u, line);
  }
});
