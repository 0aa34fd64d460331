import { basename } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import { DEFAULT_RESPONSE_TIMES } from '../../src/alarms/subject-rules.ts';
import { type AlarmEvent, vitalsConcerned } from '../../src/model/alarm.ts';
import { DEFAULT_LIMITS } from '../../src/model/default-limits.ts';
import type { Sample } from '../../src/model/sample.ts';
import { type ReadAlarm, readAlarms } from '../support/alarm-reading.ts';
import { stretch, walk } from '../support/alarm-walk.ts';
import { alarmsOf, engineRun } from '../support/engine-run.ts';
import { numericRecordings, readNumerics, recordingsDirectory } from '../support/recordings.ts';

const FURTHER_CIRCLES = 2;
const SECOND_MS = 1_000;

/** What both readings tell of an alarm. The second reading knows `signal_lost` as its only technical condition. */
function comparable(events: readonly AlarmEvent[]): unknown[] {
  return alarmsOf(events)
    .filter((alarm) => alarm.kind === 'physiological' || alarm.condition === 'signal_lost')
    .map((alarm) => {
      const when = (name: AlarmEvent['event']): string =>
        `${name} ${events.filter(({ event, alarm: { id } }) => event === name && id === alarm.id).map(({ at }) => at)}`;
      const life = [alarm.onset, when('latched'), when('recurred'), when('escalated'), alarm.cleared];
      return alarm.kind === 'physiological' && alarm.cause === 'limit'
        ? [alarm.kind, alarm.vital, alarm.direction, alarm.priority, ...life].join(' ')
        : [alarm.kind, vitalsConcerned(alarm)[0], null, null, ...life].join(' ');
    })
    .sort();
}

function comparableReading(alarms: readonly ReadAlarm[]): unknown[] {
  return alarms
    .map((a) => {
      const priority = a.kind === 'technical' ? null : a.priority;
      const life = [`latched ${a.latched}`, `recurred ${a.recurred}`, `escalated ${a.escalated}`];
      return [a.kind, a.vital, a.direction, priority, a.onset, ...life, a.clear].join(' ');
    })
    .sort();
}

/** The engine over one sample after another, with a look at who has answered each second; nobody has. */
function engineReading(samples: readonly Sample[], intervalMs: number | null): unknown[] {
  const run = engineRun(DEFAULT_LIMITS, intervalMs, { firstCircle: 'assigned' });
  let second = Math.ceil((samples[0]?.t ?? 0) / SECOND_MS) * SECOND_MS;
  for (const sample of samples) {
    for (; second < sample.t; second += SECOND_MS) run.lapse(second);
    run.send([sample]);
  }
  run.lapse(second);
  return comparable(run.events);
}

function secondReading(samples: readonly Sample[]): unknown[] {
  const response = {
    patienceMs: DEFAULT_RESPONSE_TIMES.escalateAfterMs,
    furtherCircles: FURTHER_CIRCLES,
    lookEveryMs: SECOND_MS,
    until: samples.at(-1)?.t ?? 0,
  };
  return comparableReading(readAlarms(samples, DEFAULT_LIMITS, { expectedIntervalMs: 1_000, response }));
}

const directory = recordingsDirectory();
t.test(
  'the engine and a second reading of the rules agree on every recording',
  { skip: directory ? false : 'no recordings: ../shared/data' },
  async (t) => {
    if (!directory) return;
    for (const path of numericRecordings(directory)) {
      const samples = readNumerics(path, 100_000);
      t.same(engineReading(samples, null), secondReading(samples), basename(path));
    }
  },
);

t.test('the engine and a second reading of the rules agree on generated samples', async () => {
  fc.assert(
    fc.property(fc.array(stretch, { minLength: 1, maxLength: 20 }), (stretches) => {
      const samples = walk(stretches);
      if (samples.length === 0) return;
      const [mine, theirs] = [engineReading(samples, 1_000), secondReading(samples)];
      if (JSON.stringify(mine) !== JSON.stringify(theirs))
        throw new Error(`engine ${JSON.stringify(mine)}\nreading ${JSON.stringify(theirs)}`);
    }),
    { numRuns: 400 },
  );
});
