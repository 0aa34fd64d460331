import fc from 'fast-check';
import t from 'tap';
import { recordOf, STATE_RECORD_VERSION, stateOf } from '../../src/alarms/state-record.ts';
import { newSubjectState } from '../../src/alarms/subject-state.ts';
import type { AlarmEvent } from '../../src/model/alarm.ts';
import { deviceId } from '../../src/model/ids.ts';
import { LifecycleCheck, TRANSITIONS } from '../support/alarm-lifecycle.ts';
import { AlarmScenario, type Happening, happening, SCENARIO_LIMITS } from '../support/alarm-scenario.ts';
import { stretch, walk } from '../support/alarm-walk.ts';
import { engineRun, PATIENT } from '../support/engine-run.ts';

const OTHER = deviceId('d-2');

/** When the server came to know is not part of what the condition did. */
function bySampleTime(events: readonly AlarmEvent[]): string[] {
  return events.map((event) => {
    const alarm = { ...event.alarm, raised_at: 0, alerted_at: 0 };
    return JSON.stringify({ ...event, alarm });
  });
}

function sameEvents(mine: readonly string[], theirs: readonly string[]): void {
  const at = mine.findIndex((event, i) => event !== theirs[i]);
  if (at >= 0 || mine.length !== theirs.length)
    throw new Error(`event ${at}: ${mine.at(at)}\nagainst ${theirs[at]} (${mine.length}, ${theirs.length})`);
}

const parts = fc.array(stretch, { minLength: 1, maxLength: 10 });
const rules = { limits: SCENARIO_LIMITS };

t.test('how a stream is cut into frames, and the order within a frame, change nothing', async () => {
  fc.assert(
    fc.property(
      parts,
      fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }),
      fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })),
      (stretches, cuts, shuffle) => {
        const samples = walk(stretches);
        const whole = engineRun(undefined, 1_000, rules);
        for (const sample of samples) whole.send([sample]);
        const cut = engineRun(undefined, 1_000, rules);
        for (let at = 0, i = 0; at < samples.length; i++) {
          const size = cuts[i % cuts.length]!;
          // A frame that spans more than a minute would make its first samples back-fill: late by rule 3.
          const frame = samples
            .slice(at, at + size)
            .filter(({ t }) => t - samples[at]!.t <= 60_000)
            .map((sample) => ({ sample, key: shuffle.next().value as number }));
          cut.send(frame.sort((a, b) => a.key - b.key).map(({ sample }) => sample));
          at += frame.length;
        }
        sameEvents(bySampleTime(cut.events), bySampleTime(whole.events));
      },
    ),
    { numRuns: 200 },
  );
});

t.test('how long samples are on their way changes no id, no onset and no end', async () => {
  fc.assert(
    fc.property(parts, fc.integer({ min: 0, max: 30_000 }), (stretches, delayMs) => {
      const samples = walk(stretches);
      const [first, second] = [engineRun(undefined, null, rules), engineRun(undefined, null, rules)];
      for (const sample of samples) {
        first.send([sample]);
        second.send([sample], { received: sample.t + delayMs });
      }
      sameEvents(bySampleTime(second.events), bySampleTime(first.events));
    }),
    { numRuns: 100 },
  );
});

const story = fc.array(happening, { minLength: 1, maxLength: 40 });

t.test('what happened once, happens again with the same ids', async () => {
  fc.assert(
    fc.property(story, (happenings) => {
      const [first, second] = [0, 1].map(() => new AlarmScenario().run(happenings).events);
      sameEvents(
        second!.map((event) => JSON.stringify(event)),
        first!.map((event) => JSON.stringify(event)),
      );
    }),
    { numRuns: 30 },
  );
});

t.test('a state that is written down and taken up goes on as if it had not been', async () => {
  fc.assert(
    fc.property(story, fc.array(fc.nat(40), { minLength: 1, maxLength: 4 }), (happenings, splits) => {
      const split = happenings.flatMap((one, i): Happening[] =>
        splits.includes(i) ? [{ kind: 'written_down' }, one] : [one],
      );
      const whole = new AlarmScenario().run(happenings);
      const resumed = new AlarmScenario().run(split);
      sameEvents(
        resumed.events.map((event) => JSON.stringify(event)),
        whole.events.map((event) => JSON.stringify(event)),
      );
      if (JSON.stringify(recordOf(resumed.state)) !== JSON.stringify(recordOf(whole.state)))
        throw new Error('another state at the end');
    }),
    { numRuns: 100 },
  );
});

/** Runs the story, and throws where an alarm's life is not what the table allows. */
function checkLives(happenings: readonly Happening[], seen = new Set<string>()): void {
  const scenario = new AlarmScenario().run(happenings);
  const check = new LifecycleCheck();
  for (const event of scenario.events) {
    check.take(event);
    seen.add(event.event).add(event.alarm.kind === 'technical' ? 'technical' : event.alarm.cause);
  }
  const live = [...scenario.state.live.values()].map(({ id }) => id).sort();
  if (JSON.stringify(live) !== JSON.stringify(check.live.toSorted()))
    throw new Error(`told as live ${check.live}, known as live ${live}`);
}

t.test('whatever happens, no alarm lives against the table, and no two of one condition', async (t) => {
  const killed = fc.constant<Happening>({ kind: 'killed' });
  const anything = fc.array(
    fc.oneof({ weight: 20, arbitrary: happening }, { weight: 1, arbitrary: killed }),
    { minLength: 1, maxLength: 60 },
  );
  fc.assert(
    fc.property(anything, (happenings) => checkLives(happenings)),
    { numRuns: 100 },
  );
  const seen = new Set<string>();
  for (const happenings of fc.sample(anything, { numRuns: 200, seed: 7 })) checkLives(happenings, seen);
  const everything = [...Object.keys(TRANSITIONS), 'limit', 'change', 'combination', 'news2', 'technical'];
  t.same([...seen].sort(), everything.sort(), 'every event and every cause that there is happened');
});

t.test('a late sample changes no live alarm, and tells of nothing but what was', async () => {
  fc.assert(
    fc.property(parts, parts, fc.boolean(), (before, late, byOther) => {
      const samples = walk(before);
      const newest = samples.at(-1)?.t;
      if (newest === undefined) return;
      const run = engineRun(undefined, 1_000, rules);
      // Every vital was evaluated at the newest time, so that whatever comes from before it is late.
      const all = { t: newest + 1_000, heart_rate: 71, spo2: 85, body_temp: 36.6 };
      for (const sample of [...samples, all]) run.send([sample]);
      const received = byOther ? newest + 600_000 : newest + 1_000;
      const live = JSON.stringify([...run.state.live]);
      const from = newest - 200_000;
      const events = run.send(
        [{ t: from, spo2: 70 }, ...walk(late, from)].filter(({ t }) => t <= newest),
        {
          received,
          ...(byOther ? { device: OTHER } : {}),
        },
      );
      if (JSON.stringify([...run.state.live]) !== live) throw new Error('a live alarm changed');
      if (events.length === 0) throw new Error('the breach in it was not told');
      for (const { event, alarm } of events) {
        if (event !== 'retrospective' || alarm.presence !== 'off') throw new Error(`${event} ${alarm.id}`);
      }
    }),
    { numRuns: 100 },
  );
});

t.test('a state of another release is not taken up', async (t) => {
  const record = recordOf(newSubjectState(PATIENT));
  t.ok(stateOf(record));
  t.equal(stateOf({ ...record, version: (STATE_RECORD_VERSION + 1) as typeof STATE_RECORD_VERSION }), null);
});

t.test('what is written down has the shape that its version says', async (t) => {
  const run = engineRun(undefined, null, rules);
  for (const sample of walk([
    { heart_rate: 151, spo2: 75, body_temp: undefined, quality: undefined, lasts: 12, pause: 1 },
    { heart_rate: 151, spo2: 75, body_temp: undefined, quality: 'motion', lasts: 1, pause: 1 },
  ]))
    run.send([sample]);
  const { devices, ...record } = recordOf(run.state);
  const [, device] = devices[0]!;
  const track = device.vitals.spo2!;
  const shape = [
    record,
    device,
    track,
    track.limits.low!,
    track.changes!.falling!,
    record.combinations!.shock!,
  ];
  // When this fails: raise STATE_RECORD_VERSION, since the file of the release before means something else.
  t.strictSame(
    [STATE_RECORD_VERSION, ...shape.map((part) => Object.keys(part).sort().join(' '))],
    [
      1,
      'combinations inherited live newest news2 patient version',
      'arrivals arrived bad connected expected heard vitals',
      'awaited changes evaluated intervals last limits retrospective seen still',
      'breachedSince held insideSince',
      'breachedSince held insideSince times values',
      'breachedSince held insideSince judged',
    ],
  );
});
