import fc from 'fast-check';
import t from 'tap';
import {
  evaluateObservation,
  rememberConsciousness,
  rememberOxygen,
} from '../../src/alarms/manual-observation.ts';
import { triggerRank } from '../../src/alarms/news2.ts';
import { currentNews2, NEWS2_MAX_AGE_MS } from '../../src/alarms/news2-inputs.ts';
import { evaluateNews2, news2Changed, sweepNews2 } from '../../src/alarms/news2-watch.ts';
import { rememberNewest } from '../../src/alarms/subject-state.ts';
import type { AlarmEvent } from '../../src/model/alarm.ts';
import type { ClinicianId, ObservationId } from '../../src/model/ids.ts';
import {
  CONSCIOUSNESS_LEVELS,
  type News2Parameter,
  type News2Use,
  OXYGEN_USES,
} from '../../src/model/news2.ts';
import type { Observation } from '../../src/model/observation.ts';
import type { Sample } from '../../src/model/sample.ts';
import type { Vital } from '../../src/model/vital.ts';
import { type EngineRun, engineRun, PATIENT, told } from '../support/engine-run.ts';

const S = 1_000;
const MINUTE = 60 * S;
const HOUR = 60 * MINUTE;
/** Away from 0, so that there is a past. */
const T0 = 100 * HOUR;

const WELL = { resp_rate: 16, spo2: 97, systolic_bp: 120, pulse_rate: 70, body_temp: 37 } as const;
/** 3 for resp_rate, 3 for pulse, 1 for temperature. */
const ILL = { ...WELL, resp_rate: 25, pulse_rate: 131, body_temp: 38.5 } as const;

function observed(t: number, fields: Partial<Observation> = {}): Observation {
  return {
    id: 'o-1' as ObservationId,
    patient: PATIENT,
    by: 'nurse' as ClinicianId,
    t,
    entered: t,
    values: {},
    oxygen: 'air',
    consciousness: 'alert',
    ...fields,
  };
}

function run(news2: News2Use = 'scale_1'): EngineRun {
  return engineRun([], null, { news2 });
}

/** Samples a second apart, of which only the alarms of the score count. */
function send(engine: EngineRun, fromS: number, seconds: number, vitals: Partial<Sample>): AlarmEvent[] {
  const events: AlarmEvent[] = [];
  for (let s = fromS; s < fromS + seconds; s++)
    events.push(...engine.send([{ t: T0 + s * S, ...vitals } as Sample]));
  return events.filter(({ alarm }) => alarm.kind === 'physiological');
}

function enter(engine: EngineRun, t = T0, fields: Partial<Observation> = {}): AlarmEvent[] {
  return evaluateObservation(engine.state, observed(t, fields), engine.rules);
}

const since0 = (events: readonly (AlarmEvent | null)[]): string[] =>
  told(events.map((event) => event && { ...event, at: event.at - T0 }));

t.test('without oxygen and consciousness there is no number, only what is lacking', async (t) => {
  const engine = run();
  send(engine, 0, 1, WELL);
  t.match(currentNews2(engine.state, 'scale_1', T0), { kind: 'partial', lacks: ['oxygen', 'consciousness'] });
  t.notOk('score' in currentNews2(engine.state, 'scale_1', T0));
  enter(engine);
  t.match(currentNews2(engine.state, 'scale_1', T0), { kind: 'score', score: 0, trigger: 'none' });
});

t.test('each input has its age limit: at it still there, past it lacking', async (t) => {
  const minutes = Object.entries(NEWS2_MAX_AGE_MS).map(([name, ms]) => [name, ms / MINUTE]);
  t.same(Object.fromEntries(minutes), {
    resp_rate: 15,
    spo2: 15,
    pulse: 15,
    oxygen: 720,
    systolic_bp: 720,
    consciousness: 720,
    temperature: 720,
  });
  const engine = run();
  send(engine, 0, 1, WELL);
  enter(engine);
  const lacks = (after: number): readonly News2Parameter[] => {
    const news2 = currentNews2(engine.state, 'scale_1', T0 + after);
    return news2.kind === 'partial' ? news2.lacks : [];
  };
  t.same(lacks(15 * MINUTE), []);
  t.same(lacks(15 * MINUTE + 1), ['resp_rate', 'spo2', 'pulse']);
  t.equal(lacks(12 * HOUR).length, 3);
  t.equal(lacks(12 * HOUR + 1).length, 7);
});

t.test('pulse is the newer of pulse rate and heart rate', async (t) => {
  const engine = run();
  send(engine, 0, 1, { ...WELL, pulse_rate: 70 });
  send(engine, 1, 1, { heart_rate: 95 });
  const pulse = (): unknown => {
    const news2 = currentNews2(engine.state, 'scale_1', T0 + 5 * S);
    return news2.kind === 'off' ? null : news2.inputs.find(({ parameter }) => parameter === 'pulse')?.value;
  };
  t.equal(pulse(), 95);
  send(engine, 2, 1, { pulse_rate: 71 });
  t.equal(pulse(), 71);
});

t.test('what a device is not trusted with is no part of a score', async (t) => {
  const engine = run();
  send(engine, 0, 1, { ...WELL, quality: 'motion' });
  t.match(currentNews2(engine.state, 'scale_1', T0), { kind: 'partial', inputs: [] });
});

t.test(
  'a score that stands for 60 s alarms by its trigger, worsens, and clears after 60 s below',
  async (t) => {
    const engine = run();
    enter(engine);
    t.same(since0(send(engine, 0, 10, WELL)), []);
    t.same(since0(send(engine, 10, 60, { ...WELL, resp_rate: 25 })), [], 'not yet');
    const [raised] = send(engine, 70, 1, { ...WELL, resp_rate: 25 });
    t.same(since0([raised ?? null]), ['raised news2 low 70']);
    t.match(raised?.alarm, {
      cause: 'news2',
      device: null,
      score: 3,
      trigger: 'single_parameter',
      breached_since: T0 + 10 * S,
      id: `${PATIENT}:news2:${T0 + 70 * S}`,
    });
    t.same(since0(send(engine, 71, 61, { ...WELL, resp_rate: 25, pulse_rate: 115 })), [
      'priority_raised news2 medium 131',
    ]);
    const worst = send(engine, 132, 61, ILL);
    t.same(since0(worst), ['priority_raised news2 high 192']);
    t.match(worst[0]?.alarm, { score: 7, trigger: 'emergency' });
    t.same(since0(send(engine, 193, 60, WELL)), []);
    t.same(since0(send(engine, 253, 1, WELL)), ['latched news2 high 253'], 'nobody has seen it');
    t.same(since0(send(engine, 254, 61, ILL)), ['recurred news2 high 314']);
  },
);

t.test('one noisy sample neither raises nor clears', async (t) => {
  const engine = run();
  enter(engine);
  send(engine, 0, 30, WELL);
  t.same(since0(send(engine, 30, 1, ILL)), []);
  t.same(since0(send(engine, 31, 120, WELL)), []);
  t.same(since0(send(engine, 151, 61, { ...WELL, resp_rate: 25 })), ['raised news2 low 211']);
  t.same(since0(send(engine, 212, 59, WELL)), []);
  t.same(since0(send(engine, 271, 1, { ...WELL, resp_rate: 25 })), []);
  t.same(since0(send(engine, 272, 60, WELL)), []);
  t.same(since0(send(engine, 332, 1, WELL)), ['cleared news2 low 332']);
});

t.test('a partial score neither raises nor clears, and delays start anew after it', async (t) => {
  const engine = run();
  enter(engine, T0, { t: T0 - 12 * HOUR + 100 * S, entered: T0 });
  send(engine, 0, 1, WELL);
  t.same(since0(send(engine, 1, 61, ILL)), ['raised news2 high 61']);
  t.same(since0(send(engine, 62, 200, WELL)), [], 'oxygen and consciousness went stale at 100 s');
  t.ok(engine.state.live.has('news2'));
  enter(engine, T0 + 262 * S);
  t.same(since0(send(engine, 262, 60, WELL)), [], 'the 60 s begin when there is a score again');
  t.same(since0(send(engine, 322, 1, WELL)), ['latched news2 high 322']);
});

t.test('samples alone make a device’s score last; silence does not', async (t) => {
  const engine = run();
  enter(engine);
  send(engine, 0, 5, WELL);
  send(engine, 5, 1, ILL);
  const swept: (AlarmEvent | null)[] = [];
  for (let s = 6; s < 600; s++) swept.push(sweepNews2(engine.state, T0 + s * S, engine.rules));
  t.same(since0(swept), []);
  t.match(currentNews2(engine.state, 'scale_1', T0 + 600 * S), { score: 7 }, 'shown, though');
});

t.test('one full set of observations entered by hand is enough for an alarm, in time', async (t) => {
  const engine = run();
  t.same(since0(enter(engine, T0, { values: ILL })), []);
  const swept: (AlarmEvent | null)[] = [];
  for (let s = 1; s <= 100; s++) swept.push(sweepNews2(engine.state, T0 + s * S, engine.rules));
  t.same(since0(swept), ['raised news2 high 60']);
  t.same(since0(enter(engine, T0 + 101 * S, { values: WELL })), []);
  for (let s = 102; s <= 170; s++) swept.push(sweepNews2(engine.state, T0 + s * S, engine.rules));
  t.same(since0(swept), ['raised news2 high 60', 'latched news2 high 161']);
});

t.test('inputs that become stale are noticed by the time alone', async (t) => {
  const engine = run();
  send(engine, 0, 1, WELL);
  enter(engine);
  t.ok(news2Changed(engine.state));
  t.notOk(news2Changed(engine.state));
  sweepNews2(engine.state, T0 + 15 * MINUTE, engine.rules);
  t.notOk(news2Changed(engine.state));
  sweepNews2(engine.state, T0 + 15 * MINUTE + 1, engine.rules);
  t.ok(news2Changed(engine.state));
});

t.test('a newer measurement is not undone by an older one entered later', async (t) => {
  const engine = run();
  send(engine, 0, 1, WELL);
  enter(engine, T0 + 10 * S, { t: T0 - MINUTE, values: { resp_rate: 30 } });
  t.match(currentNews2(engine.state, 'scale_1', T0 + 10 * S), { score: 0 });
  enter(engine, T0 + 20 * S, { t: T0 - 2 * MINUTE, oxygen: 'oxygen' });
  t.match(currentNews2(engine.state, 'scale_1', T0 + 20 * S), { score: 0 }, 'air was seen a minute later');
});

t.test('off: nothing is scored, and an alarm that lives ends', async (t) => {
  const engine = run('off');
  enter(engine);
  t.same(since0(send(engine, 0, 100, ILL)), []);
  t.notOk(news2Changed(engine.state), 'which is no news');
  t.same(currentNews2(engine.state, 'off', T0), { kind: 'off' });
  const scored = run();
  enter(scored);
  t.same(since0(send(scored, 0, 62, { ...WELL, resp_rate: 25 })), ['raised news2 low 61']);
  const off = { ...scored.rules, news2: 'off' as const };
  t.same(since0([sweepNews2(scored.state, T0 + 62 * S, off)]), ['cleared news2 low 62']);
  t.equal(sweepNews2(scored.state, T0 + 63 * S, off), null);
});

t.test('scale 2 is used where it is prescribed, and is open while oxygen is not known', async (t) => {
  const engine = run('scale_2');
  send(engine, 0, 1, { ...WELL, spo2: 90 });
  rememberConsciousness(engine.state, 'alert', T0, T0);
  const spo2 = (): unknown => {
    const news2 = currentNews2(engine.state, 'scale_2', T0 + 5 * S);
    return news2.kind === 'off' ? null : news2.inputs.find(({ parameter }) => parameter === 'spo2')?.points;
  };
  t.equal(spo2(), 0);
  send(engine, 1, 1, { spo2: 98 });
  t.equal(spo2(), null);
  rememberOxygen(engine.state, 'oxygen', T0, T0);
  t.match(currentNews2(engine.state, 'scale_2', T0 + 5 * S), { scale: 2, score: 5, trigger: 'urgent' });
});

t.test('what is told is what is shown, whatever is known', async () => {
  const known = <Value>(value: fc.Arbitrary<Value>, maxAgeMs: number) =>
    fc.option(fc.record({ value, measured: fc.integer({ min: T0 - 2 * maxAgeMs, max: T0 }) }));
  const vital = (min: number, max: number, maxAgeMs: number) =>
    known(fc.double({ min, max, noNaN: true }), maxAgeMs);
  const quarter = 15 * MINUTE;
  fc.assert(
    fc.property(
      fc.record({
        resp_rate: vital(0, 60, quarter),
        spo2: vital(70, 100, quarter),
        pulse_rate: vital(20, 200, quarter),
        heart_rate: vital(20, 200, quarter),
        systolic_bp: vital(60, 250, 12 * HOUR),
        body_temp: vital(30, 42, 12 * HOUR),
      }),
      known(fc.constantFrom(...OXYGEN_USES), 12 * HOUR),
      known(fc.constantFrom(...CONSCIOUSNESS_LEVELS), 12 * HOUR),
      fc.constantFrom('scale_1' as const, 'scale_2' as const),
      (vitals, oxygen, consciousness, use) => {
        const { state, rules } = run(use);
        for (const [name, one] of Object.entries(vitals))
          if (one) rememberNewest(state, name as Vital, one.value, one.measured, null, T0);
        if (oxygen) rememberOxygen(state, oxygen.value, oxygen.measured, T0);
        if (consciousness) rememberConsciousness(state, consciousness.value, consciousness.measured, T0);
        evaluateNews2(state, T0, T0, rules);
        const shown = currentNews2(state, use, T0);
        const { found } = state.news2;
        if (shown.kind !== 'score') return found !== null && found < -1;
        return found === shown.score * 100 + triggerRank(shown.trigger) * 10 + shown.scale;
      },
    ),
    { numRuns: 300 },
  );
});

t.test('state written down and taken up again goes on as if nothing had been', async (t) => {
  const all = run();
  enter(all);
  const split = run();
  enter(split);
  const wanted = [...send(all, 0, 90, ILL), ...send(all, 90, 90, WELL)];
  const events = send(split, 0, 30, ILL);
  const { news2, newest } = structuredClone(split.state);
  const taken = run();
  Object.assign(taken.state.news2, JSON.parse(JSON.stringify(news2)));
  Object.assign(taken.state.newest, JSON.parse(JSON.stringify(newest)));
  // What is remembered of the device itself; the score was taken at that time already.
  taken.send([{ t: T0 + 29 * S, ...ILL }]);
  events.push(...send(taken, 30, 60, ILL), ...send(taken, 90, 90, WELL));
  t.same(events, wanted);
});

t.test('a live alarm taken up from the log is neither raised again nor forgotten', async (t) => {
  const before = run();
  enter(before);
  send(before, 0, 62, { ...WELL, resp_rate: 25 });
  t.equal(before.state.live.size, 1);
  const after = run();
  for (const [key, alarm] of before.state.live) after.state.live.set(key, alarm);
  enter(after, T0 + 62 * S);
  t.same(since0(send(after, 62, 70, { ...WELL, resp_rate: 25 })), []);
  t.same(since0(send(after, 132, 61, WELL)), ['cleared news2 low 192']);
});

t.test(
  'a server clock that is set back does not stop the score, nor keep what was entered before',
  async (t) => {
    const engine = run();
    enter(engine);
    send(engine, 0, 2, WELL);
    const back = -HOUR / S;
    enter(engine, T0 - HOUR, { oxygen: 'oxygen', consciousness: 'unresponsive' });
    t.same(since0(send(engine, back, 62, ILL)), [
      `raised news2 medium ${back + 60}`,
      `priority_raised news2 high ${back + 61}`,
    ]);
    t.match(currentNews2(engine.state, 'scale_1', T0 - HOUR + 62 * S), { score: 12 });
  },
);
