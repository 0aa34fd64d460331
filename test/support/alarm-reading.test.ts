import t from 'tap';
import { DEFAULT_LIMITS } from '../../src/model/default-limits.ts';
import type { Sample } from '../../src/model/sample.ts';
import type { Vital } from '../../src/model/vital.ts';
import { type ReadAlarm, readAlarms } from './alarm-reading.ts';
import { numericRecordings, parseNumerics, readNumerics, recordingsDirectory } from './recordings.ts';

const OPTIONS = { expectedIntervalMs: 1_000 };

/** Pairs of (how many seconds, value or null for missing) at 1 Hz from 0 s, beside a vital that goes on. */
function recording(vital: Vital, ...parts: readonly (readonly [number, number | null])[]): Sample[] {
  return parts
    .flatMap(([seconds, value]) => Array<number | null>(seconds).fill(value))
    .map((value, i) => ({ t: i * 1000, steps: i, ...(value === null ? {} : { [vital]: value }) }));
}

/**
 * `vital direction priority onset..clear`, in seconds; a `-` for the direction of a technical alarm. Of one that latched,
 * `/end` and the return after it, if there was one; of escalations `!time`.
 */
function lines(alarms: readonly ReadAlarm[]): string[] {
  return alarms.map((alarm) => {
    const clear = alarm.clear === null ? '' : alarm.clear / 1000;
    const ends = alarm.latched.map((t, i) => {
      const back = alarm.recurred[i];
      return `/${t / 1000}${back === undefined ? '' : ` ${back / 1000}`}`;
    });
    const line = `${alarm.vital} ${alarm.direction ?? '-'} ${alarm.priority} ${alarm.onset / 1000}..${ends.join('..')}${clear}`;
    return [line, ...alarm.escalated.map((t) => `!${t / 1000}`)].join(' ');
  });
}

function read(vital: Vital, ...parts: readonly (readonly [number, number | null])[]): string[] {
  return lines(readAlarms(recording(vital, ...parts), DEFAULT_LIMITS, OPTIONS));
}

t.test('onset delay', async (t) => {
  t.same(read('spo2', [16, 85]), ['spo2 low medium 15..'], 'met at the sample 15 s after the first breach');
  t.same(read('spo2', [15, 85]), [], 'not met by 14 s');
  t.same(read('spo2', [60, 90]), [], 'a value at the threshold is no breach');
  t.same(read('spo2', [5, 95], [1, 79]), ['spo2 low high 5..'], 'no delay: at once');
  t.same(read('heart_rate', [10, 125], [1, 120], [10, 125]), [], 'starts anew after a value back inside');
});

t.test('one live alarm', async (t) => {
  t.same(
    read('spo2', [20, 85], [5, 79], [20, 85]),
    ['spo2 low high 15..'],
    'a worse tier raises its priority, a milder value does not lower it',
  );
  t.same(
    read('heart_rate', [12, 125], [3, 155], [2, 125], [3, 155]),
    ['heart_rate high medium 10..'],
    'the worse tier counts from its own first breach, anew after leaving it',
  );
  t.same(
    read('heart_rate', [4, 155], [7, 125]),
    ['heart_rate high high 3..'],
    'the worse tier may be the first to raise',
  );
  t.same(
    read('resp_rate', [11, 25], [6, 22], [11, 25]),
    ['resp_rate high medium 10..16', 'resp_rate high medium 27..'],
    'after it cleared, a breach is a new alarm',
  );
  t.same(read('resp_rate', [60, 4], [60, 40]), ['resp_rate low high 3../65', 'resp_rate high high 63..']);
});

t.test('latching', async (t) => {
  t.same(
    read('heart_rate', [5, 160], [10, 100], [12, 125], [10, 100]),
    ['heart_rate high high 3../10 25../32'],
    'what was of high priority latches, comes back whatever the tier, and latches again',
  );
  t.same(
    read('heart_rate', [12, 125], [10, 100], [5, 160]),
    ['heart_rate high medium 10..17', 'heart_rate high high 25..'],
    'a medium one goes by itself',
  );
});

t.test('escalation, when nobody answers', async (t) => {
  const readTended = (until: number, ...parts: readonly (readonly [number, number | null])[]): string[] =>
    lines(
      readAlarms(recording('heart_rate', ...parts), DEFAULT_LIMITS, {
        ...OPTIONS,
        response: {
          patienceMs: { low: null, medium: 180_000, high: 60_000 },
          furtherCircles: 2,
          lookEveryMs: 1_000,
          until: until * 1_000,
        },
      }),
    );
  t.same(readTended(400, [400, 125]), ['heart_rate high medium 10.. !190 !370'], 'at 180 s each');
  t.same(readTended(369, [370, 125]), ['heart_rate high medium 10.. !190'], 'not after the end');
  t.same(
    readTended(300, [150, 125], [150, 155]),
    ['heart_rate high high 10.. !213 !273'],
    'a worsening begins to wait anew, for as long as its own priority',
  );
  t.same(readTended(300, [190, 125], [10, 100]), ['heart_rate high medium 10..195 !190']);
  t.same(readTended(300, [184, 125], [10, 100]), ['heart_rate high medium 10..189'], 'over before');
  t.same(
    readTended(300, [5, 160], [20, 100], [5, 160], [270, 100]),
    ['heart_rate high high 3../10 28../35 !63 !123'],
    'one that latched is waited for all along, however often it comes back',
  );
});

t.test('clearing', async (t) => {
  t.same(read('heart_rate', [11, 125], [6, 117]), ['heart_rate high medium 10..16'], 'at the margin');
  t.same(read('heart_rate', [11, 125], [60, 118]), ['heart_rate high medium 10..'], 'not within the margin');
  t.same(read('heart_rate', [11, 125], [5, 117]), ['heart_rate high medium 10..'], 'not before the delay');
  t.same(
    read('heart_rate', [11, 125], [5, 117], [1, 118], [6, 117]),
    ['heart_rate high medium 10..22'],
    'the delay starts anew after a value within the margin',
  );
});

t.test('silence', async (t) => {
  t.same(
    read('heart_rate', [2, 125], [9, null], [1, 125]),
    ['heart_rate high medium 11..'],
    'a gap of 10 s does not interrupt an onset delay',
  );
  t.same(
    read('heart_rate', [2, 125], [10, null], [11, 125]),
    ['heart_rate - low 11..12', 'heart_rate high medium 22..'],
    'a gap of 11 s starts an onset delay anew, and is a lost signal',
  );
  t.same(
    read('heart_rate', [11, 125], [1, 110], [4, null], [1, 110]),
    ['heart_rate high medium 10..16'],
    'a short gap does not interrupt a clear delay',
  );
  t.same(
    read('heart_rate', [11, 125], [1, 110], [20, null], [6, 110]),
    ['heart_rate high medium 10..37', 'heart_rate - low 21..32'],
    'a long gap does not clear, and starts a clear delay anew',
  );
  t.same(read('spo2', [11, null], [1, 95], [40, null]), ['spo2 - low 21..'], 'lost only once it was there');
  t.same(
    lines(
      readAlarms(recording('spo2', [1, 95], [31, null]), DEFAULT_LIMITS, {
        expectedIntervalMs: 7_000,
      }),
    ),
    ['spo2 - low 21..'],
    'three expected intervals where those are longer than 10 s',
  );
});

t.test('bad and late data', async (t) => {
  const worn = recording('heart_rate', [60, 125]);
  const flagged = worn.map((sample): Sample => ({ ...sample, quality: 'motion' }));
  t.same(readAlarms(flagged, DEFAULT_LIMITS, OPTIONS), [], 'flagged values raise nothing');
  t.same(
    lines(readAlarms([...worn, ...recording('heart_rate', [60, 60])], DEFAULT_LIMITS, OPTIONS)),
    ['heart_rate high medium 10..'],
    'a late sample does not clear',
  );
});

t.test('numerics', async (t) => {
  const csv = 'Time [s], HR, PULSE, RESP, SpO2\r\n-1,60,NaN,0,97\r\n-0,NaN,NaN,NaN,NaN\r\n1,61,62,,98\r\n';
  t.strictSame(parseNumerics(csv, 5_000), [
    { t: 4_000, heart_rate: 60, resp_rate: 0, spo2: 97 },
    { t: 6_000, heart_rate: 61, pulse_rate: 62, spo2: 98 },
  ]);
  t.throws(() => parseNumerics('Time [s], HR\n0,60\n'), /no column "PULSE"/);
  t.throws(() => parseNumerics('Time [s], HR, PULSE, RESP, SpO2\n0,x,1,1,1\n'), /"x" in column "HR"/);
});

const directory = recordingsDirectory();
t.test('recorded vitals', { skip: directory === null && 'needs the recorded vitals' }, async (t) => {
  const alarmsOf = (file: string): string[] => {
    const path = numericRecordings(directory ?? '').find((candidate) => candidate.endsWith(file));
    return lines(readAlarms(readNumerics(path ?? file), DEFAULT_LIMITS, OPTIONS));
  };
  t.same(
    alarmsOf('bidmc_32_Numerics.csv'),
    ['resp_rate high medium 10..', 'spo2 low medium 15..'],
    'SpO2 83 to 87 throughout; RR 23 to 26, never 22',
  );
  t.same(
    alarmsOf('bidmc_25_Numerics.csv'),
    ['heart_rate high medium 10..401', 'heart_rate high medium 420..470'],
    'HR 121 to 139, below 118 from 396 s to 401 s and from 465 s to 474 s',
  );
  t.same(
    alarmsOf('bidmc_13_Numerics.csv'),
    [
      'resp_rate low high 54../104 131../159 184../296 317',
      'resp_rate - low 200..211',
      'resp_rate - low 228..245',
      'resp_rate - low 381..392',
      'resp_rate - low 432..447',
    ],
    'one apnoea alarm that comes back with each episode, through gaps; the gap from 476 s to 480 s is too short for a lost signal',
  );
});
