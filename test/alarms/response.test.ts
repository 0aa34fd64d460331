import t from 'tap';
import { acknowledge, applyShelves, confirmReceipt } from '../../src/alarms/response.ts';
import { restore } from '../../src/alarms/restore.ts';
import { DEFAULT_RESPONSE_TIMES, type SubjectRules } from '../../src/alarms/subject-rules.ts';
import type { Alarm, AlarmEvent, ChangeAlarm, Circle } from '../../src/model/alarm.ts';
import { clinicianId } from '../../src/model/ids.ts';
import { shelfKey } from '../../src/model/shelf.ts';
import { anAlarm, newLife } from '../support/alarms.ts';
import { type EngineRun, engineRun, PATIENT, seconds, steady } from '../support/engine-run.ts';

const NURSE = clinicianId('nurse-1');

/** A medium alarm (heart rate 125), raised at 10 s. */
function medium(rules: Partial<SubjectRules> = {}): EngineRun {
  const run = engineRun(undefined, null, rules);
  run.send(seconds('heart_rate', steady(12, 125)), { received: 10_000 });
  return run;
}

/** A high alarm (heart rate 160), raised at 3 s by sample time, at 10 s by the server's. */
function high(rules: Partial<SubjectRules> = {}): EngineRun {
  const run = engineRun(undefined, null, rules);
  run.send(seconds('heart_rate', steady(5, 160)), { received: 10_000 });
  return run;
}

function only(run: EngineRun): Alarm {
  const [alarm, ...others] = run.state.live.values();
  if (!alarm || others.length > 0) throw new Error(`${run.state.live.size} alarms live`);
  return alarm;
}

/** Once a second in (from, to]; what happened, as `event second circle`. */
function lapse(run: EngineRun, fromS: number, toS: number, rules: Partial<SubjectRules> = {}): string[] {
  const events: AlarmEvent[] = [];
  for (let s = fromS + 1; s <= toS; s++) events.push(...run.lapse(s * 1_000, rules));
  return events.map(({ event, at, alarm }) => `${event} ${at / 1_000} ${alarm.circle}`);
}

t.test('escalation: each priority after its own time, from circle to circle', async (t) => {
  const from = (circle: Circle) => ({ firstCircle: circle });
  const cases: readonly [run: EngineRun, told: readonly string[]][] = [
    [high(from('assigned')), ['unattended 20 assigned', 'escalated 70 ward', 'escalated 130 on_duty']],
    [high(from('ward')), ['unattended 20 ward', 'escalated 70 on_duty']],
    [high(from('on_duty')), ['unattended 20 on_duty']],
    [medium(from('assigned')), ['unattended 20 assigned', 'escalated 190 ward', 'escalated 370 on_duty']],
    [medium(from('ward')), ['unattended 20 ward', 'escalated 190 on_duty']],
    [medium(from('on_duty')), ['unattended 20 on_duty']],
  ];
  for (const [run, expected] of cases) t.same(lapse(run, 10, 900), expected);
  t.match(only(cases[0]![0]), {
    circle: 'on_duty',
    escalated_at: 130_000,
    alerted_at: 10_000,
    unattended: true,
  });
});

t.test('low priority, and technical alarms, are not escalated; they too must reach somebody', async (t) => {
  const run = engineRun();
  run.send([{ t: 0, spo2: 97, quality: 'off_body' }], { received: 0 });
  t.equal(only(run).kind, 'technical');
  t.same(lapse(run, 0, 900), ['unattended 10 ward']);
});

t.test('the hospital chooses the times', async (t) => {
  const run = engineRun(
    undefined,
    null,
    { firstCircle: 'assigned' },
    {
      escalateAfterMs: { low: null, medium: null, high: 5_000 },
      realertAfterMs: 20_000,
      unattendedAfterMs: 2_000,
    },
  );
  run.send(seconds('heart_rate', steady(5, 160)), { received: 10_000 });
  t.same(lapse(run, 10, 16), ['unattended 12 assigned', 'escalated 15 ward']);
  acknowledge(run.state, only(run).id, NURSE, 16_000);
  t.same(lapse(run, 16, 36), ['realerted 36 assigned']);
});

t.test('a latched one goes on waiting, and its coming and going does not put that off', async (t) => {
  const run = high({ firstCircle: 'assigned' });
  run.send(seconds('heart_rate', steady(10, 70), 5), { received: 20_000 });
  t.equal(only(run).presence, 'latched');
  t.same(lapse(run, 20, 50), ['unattended 21 assigned']);
  t.match(run.send(seconds('heart_rate', steady(5, 160), 45), { received: 50_000 }), [{ event: 'recurred' }]);
  t.same(lapse(run, 50, 140), ['escalated 70 ward', 'escalated 130 on_duty']);
  t.match(only(run), { alerted_at: 10_000, unattended: true });
});

t.test('a worsening waits anew, and no narrower than before', async (t) => {
  const run = medium({ firstCircle: 'assigned' });
  t.same(lapse(run, 10, 200), ['unattended 20 assigned', 'escalated 190 ward']);
  run.send(seconds('heart_rate', steady(5, 160), 200), { received: 210_000 });
  t.match(only(run), { circle: 'ward', alerted_at: 210_000, escalated_at: null, unattended: true });
  t.same(lapse(run, 210, 400), ['escalated 270 on_duty'], 'unattended until somebody has it');
});

t.test('unattended and attended', async (t) => {
  t.test('a client that confirms in time: nobody was missed, no event', async (t) => {
    const run = medium();
    t.equal(confirmReceipt(run.state, only(run).id, 19_000), null);
    t.match(only(run), { received_at: 19_000 });
    t.same(lapse(run, 19, 100), []);
    t.equal(confirmReceipt(run.state, only(run).id, 60_000), null);
    t.equal(only(run).received_at, 19_000, 'the first one counts');
  });
  t.test('one that confirms late: attended, once', async (t) => {
    const run = medium();
    t.same(lapse(run, 10, 30), ['unattended 20 ward'], 'told once');
    t.match(confirmReceipt(run.state, only(run).id, 31_000), {
      event: 'attended',
      at: 31_000,
      alarm: { unattended: false, received_at: 31_000, presence: 'on' },
    });
    t.equal(confirmReceipt(run.state, only(run).id, 32_000), null);
  });
  t.test('an acknowledgement says that somebody has it', async (t) => {
    const run = medium();
    lapse(run, 10, 30);
    t.match(acknowledge(run.state, only(run).id, NURSE, 31_000), {
      alarm: { unattended: false, received_at: 31_000 },
    });
    t.equal(confirmReceipt(run.state, only(run).id, 32_000), null);
  });
  t.test('what nobody knows confirms nothing', async (t) => {
    t.equal(confirmReceipt(medium().state, 'no-such' as Alarm['id'], 1), null);
  });
});

t.test(
  'an acknowledgement of what was seen before the alarm got worse does not hide the worsening',
  async (t) => {
    const run = medium();
    const seen = only(run).alerted_at;
    run.send(seconds('heart_rate', steady(5, 160), 12), { received: 20_000 });
    t.match(only(run), { priority: 'high', alerted_at: 20_000 });
    t.equal(acknowledge(run.state, only(run).id, NURSE, 21_000, seen), null);
    t.match(only(run), { presence: 'on', acknowledged_by: null });
    t.match(acknowledge(run.state, only(run).id, NURSE, 22_000, 20_000), { event: 'acknowledged' });
  },
);

t.test('an acknowledged alarm is left alone, until its condition has lasted too long', async (t) => {
  const run = high({ firstCircle: 'assigned' });
  lapse(run, 10, 75);
  t.equal(only(run).circle, 'ward');
  acknowledge(run.state, only(run).id, NURSE, 75_000);
  t.same(lapse(run, 75, 674), []);
  t.same(lapse(run, 674, 675), ['realerted 675 assigned']);
  t.match(only(run), {
    ...{ presence: 'on', alerted_at: 675_000, escalated_at: null, received_at: null, unattended: false },
    ...{ acknowledged_by: null, acknowledged_at: null, first_acknowledged_at: 75_000 },
  });
  t.same(lapse(run, 675, 800), ['unattended 685 assigned', 'escalated 735 ward', 'escalated 795 on_duty']);
  t.match(acknowledge(run.state, only(run).id, NURSE, 800_000), {
    alarm: { acknowledged_at: 800_000, first_acknowledged_at: 75_000 },
  });
});

t.test('shelving', async (t) => {
  const HIGH_RATE = shelfKey('heart_rate', 'high');
  const until = (s: number, key = HIGH_RATE) => ({ shelvedUntil: new Map([[key, s * 1_000]]) });

  t.test('a medium alarm on the shelf is silent, and waits anew when the shelf ends', async (t) => {
    const run = medium({ ...until(600), firstCircle: 'assigned' });
    t.match(run.events, [{ event: 'raised', alarm: { shelved_until: 600_000, priority: 'medium' } }]);
    t.same(lapse(run, 10, 599), []);
    t.same(lapse(run, 599, 800), ['unshelved 600 assigned', 'unattended 610 assigned', 'escalated 780 ward']);
    t.match(only(run), { shelved_until: null, alerted_at: 600_000, raised_at: 10_000 });
  });
  t.test(
    'one that is put there while it lives stops calling, and begins again when that is cancelled',
    async (t) => {
      const run = medium({ firstCircle: 'assigned' });
      t.same(lapse(run, 10, 195), ['unattended 20 assigned', 'escalated 190 ward']);
      const on = { ...run.rules, ...until(900) };
      t.match(applyShelves(run.state, 195_500, on), [
        { event: 'shelved', at: 195_500, alarm: { shelved_until: 900_000 } },
      ]);
      t.same(applyShelves(run.state, 196_000, on), [], 'once');
      t.same(lapse(run, 196, 500, on), []);
      t.match(applyShelves(run.state, 500_000, { ...run.rules, ...until(1_000) }), [
        { event: 'shelved', alarm: { shelved_until: 1_000_000 } },
      ]);
      t.match(applyShelves(run.state, 501_000, run.rules), [
        { event: 'unshelved', alarm: { circle: 'assigned', alerted_at: 501_000, unattended: true } },
      ]);
      t.same(lapse(run, 501, 700), ['escalated 681 ward']);
    },
  );
  t.test('a high one sounds through: raised, worse, or there before', async (t) => {
    const raised = high({ ...until(9_000), firstCircle: 'assigned' });
    t.equal(only(raised).shelved_until, null);
    t.same(lapse(raised, 10, 130), ['unattended 20 assigned', 'escalated 70 ward', 'escalated 130 on_duty']);

    const worse = medium({ ...until(9_000), firstCircle: 'assigned' });
    lapse(worse, 10, 100);
    t.match(worse.send(seconds('heart_rate', steady(5, 160), 100), { received: 110_000 }), [
      { event: 'priority_raised', alarm: { shelved_until: null, alerted_at: 110_000 } },
    ]);
    t.same(lapse(worse, 110, 180), ['unattended 120 assigned', 'escalated 170 ward']);
  });
  t.test(
    'who has seen it has seen it: no new call when the shelf ends, but for what lasts too long',
    async (t) => {
      const run = medium(until(700));
      acknowledge(run.state, only(run).id, NURSE, 20_000);
      t.same(lapse(run, 20, 699), [], 'nor does it alert again on the shelf');
      t.same(lapse(run, 699, 700), ['unshelved 700 ward', 'realerted 700 ward']);
      const short = medium(until(100));
      acknowledge(short.state, only(short).id, NURSE, 20_000);
      t.same(lapse(short, 20, 400), ['unshelved 100 ward']);
      t.match(only(short), { presence: 'ack', acknowledged_by: NURSE });
    },
  );
  t.test('one direction only, and no technical alarm', async (t) => {
    t.equal(only(medium(until(900, shelfKey('heart_rate', 'low')))).shelved_until, null);
    t.equal(only(medium(until(900, shelfKey('resp_rate', 'high')))).shelved_until, null);
    t.equal(only(medium(until(5))).shelved_until, null, 'one that is over');
    const run = engineRun(undefined, null, until(900, shelfKey('spo2', 'low')));
    run.send([{ t: 0, spo2: 97, quality: 'off_body' }]);
    t.equal(only(run).shelved_until, null);
  });
  t.test('falling lies on the shelf of low, rising on that of high', async (t) => {
    const { direction: _, ...limit } = anAlarm(10_000, { patient: PATIENT });
    const changing = (course: ChangeAlarm['course']): ChangeAlarm => ({
      ...{ ...limit, ...newLife(10_000), cause: 'change', course },
      ...{ id: `p-1:spo2:${course}:10000` as Alarm['id'], threshold: 4, window_ms: 60_000, change: 5 },
    });
    for (const [course, direction, other] of [
      ['falling', 'low', 'high'],
      ['rising', 'high', 'low'],
    ] as const) {
      const run = engineRun();
      restore(run.state, [changing(course)]);
      t.same(applyShelves(run.state, 20_000, { ...run.rules, ...until(90, shelfKey('spo2', other)) }), []);
      t.match(applyShelves(run.state, 20_000, { ...run.rules, ...until(90, shelfKey('spo2', direction)) }), [
        { event: 'shelved', alarm: { cause: 'change', course, shelved_until: 90_000 } },
      ]);
    }
  });
});

t.test('the defaults are those of the clinical rules', async (t) => {
  t.strictSame(DEFAULT_RESPONSE_TIMES, {
    escalateAfterMs: { low: null, medium: 180_000, high: 60_000 },
    realertAfterMs: 600_000,
    unattendedAfterMs: 10_000,
  });
});

t.test('a server clock that is set back puts off nobody who is to be called', async (t) => {
  const hourBack = 10 - 3_600;
  const waiting = high({ firstCircle: 'assigned' });
  t.same(lapse(waiting, hourBack, hourBack + 61), [
    `unattended ${hourBack + 1} assigned`,
    `escalated ${hourBack + 1} ward`,
    `escalated ${hourBack + 61} on_duty`,
  ]);
  const seen = medium();
  acknowledge(seen.state, only(seen).id, NURSE, 11_000);
  t.same(lapse(seen, hourBack, hourBack + 1), [`realerted ${hourBack + 1} ward`]);
  t.same(lapse(high(), 6, 8), [], 'a clock that is set right by a second or two changes nothing');
});
