import fc from 'fast-check';
import t from 'tap';
import { alarmState, worstFirst } from '../../../src/console/alarms/alarm-look.ts';
import type { LiveAlarm } from '../../../src/console/feed/ward-model.ts';
import { SOUND_PATTERNS } from '../../../src/console/sound/sound-pattern.ts';
import {
  callsOf,
  NOTHING_HEARD,
  nextSound,
  type SoundSchedule,
  type SoundStep,
} from '../../../src/console/sound/sound-schedule.ts';
import type { LimitAlarm, TechnicalAlarm } from '../../../src/model/alarm.ts';
import type { AlarmId, ClinicianId, DeviceId } from '../../../src/model/ids.ts';
import { anAlarm, newLife } from '../../support/alarms.ts';

const T = 1_772_438_417_000;

function live(fields: Partial<LimitAlarm> = {}, addressed = true): LiveAlarm {
  return { alarm: anAlarm(T, fields), ward: 'north', addressed, calling: false };
}

function named(id: string, fields: Partial<LimitAlarm> = {}): LiveAlarm {
  return live({ id: id as AlarmId, ...fields });
}

function technical(id: string): LiveAlarm {
  const alarm: TechnicalAlarm = {
    ...{ kind: 'technical', id: id as AlarmId, patient: null, device: 'D1' as DeviceId, priority: 'low' },
    ...{ onset: T, condition: 'device_offline', vital: null, last_value_at: null },
    ...newLife(T),
  };
  return { alarm, ward: null, addressed: true, calling: false };
}

const acknowledged = {
  presence: 'ack',
  acknowledged_by: 'nurse-1' as ClinicianId,
  acknowledged_at: T + 1,
} as const;

/** Runs steps over what calls at each time, in ms. */
function run(steps: readonly (readonly [number, readonly LiveAlarm[]])[]): SoundStep[] {
  let schedule: SoundSchedule = NOTHING_HEARD;
  return steps.map(([now, alarms]) => {
    const step = nextSound(schedule, callsOf(alarms), now);
    schedule = step.schedule;
    return step;
  });
}

t.test('what calls: addressed, unseen, off the shelf, not retrospective', async (t) => {
  const shelved = { shelved_until: T + 60_000 };
  const calls = (alarm: LiveAlarm): string[] => callsOf([alarm]).map(({ of }) => of);
  t.same(calls(live()), ['medium']);
  t.same(calls(live({ presence: 'latched', priority: 'high', ended: T + 5 })), ['high'], 'latched');
  t.same(calls(technical('X')), ['technical']);
  t.same(calls(live({}, false)), [], 'not for this reader');
  t.same(calls(live(acknowledged)), []);
  t.same(calls(live(shelved)), []);
  t.same(calls(live({ ...shelved, priority: 'high' })), ['high'], 'a high one sounds through a shelf');
  t.same(calls(live({ ...shelved, ...acknowledged, priority: 'high' })), [], 'unless somebody has seen it');
  t.same(calls(live({ retrospective: true, presence: 'off', cleared: T })), []);
  t.same(calls(live({ retrospective: true })), []);
});

t.test('a new alarm is heard at once, then in the rhythm of its class', async (t) => {
  const [first, early, second, none] = run([
    [1_000, [live()]],
    [25_999, [live()]],
    [26_000, [live()]],
    [26_500, []],
  ]);
  t.match(first, { burst: { at: 1_000, call: { of: 'medium' } }, againAt: 26_000, cut: false });
  t.match(early, { burst: null, againAt: 26_000 });
  t.match(second, { burst: { at: 26_000 }, againAt: 51_000 });
  t.match(
    none,
    { burst: null, againAt: null, cut: true },
    'what was acknowledged falls silent in the middle',
  );
});

t.test('something worse takes the place of what plays, and is not disturbed by what is not', async (t) => {
  const medium = named('m');
  const high = named('h', { priority: 'high' });
  const [, over, undisturbed, back] = run([
    [0, [medium]],
    [200, [medium, high]],
    [400, [medium, high, technical('t')]],
    [5_000, [medium, technical('t')]],
  ]);
  t.match(over, { cut: true, burst: { call: { id: 'h' } } });
  t.match(undisturbed, { cut: false, burst: null, againAt: 10_200 });
  t.match(back, { burst: null, againAt: 25_200 }, 'the medium one was heard before: in its rhythm');
});

t.test('of two alike, what is new waits until what plays is over', async (t) => {
  const early = named('a');
  const later = named('b', { alerted_at: T + 300 });
  const [, wait, begin, rhythm] = run([
    [0, [early]],
    [300, [early, later]],
    [SOUND_PATTERNS.medium.lastsMs, [early, later]],
    [2_000, [early]],
  ]);
  t.match(wait, { burst: null, cut: false, againAt: SOUND_PATTERNS.medium.lastsMs });
  t.match(begin, { burst: { call: { id: 'b' } } });
  t.match(rhythm, { burst: null, againAt: SOUND_PATTERNS.medium.lastsMs + 25_000 });
});

t.test('what alerts again, or got worse, is new', async (t) => {
  const [, again, worse] = run([
    [0, [named('a')]],
    [5_000, [named('a', { alerted_at: T + 5_000 })]],
    [9_000, [named('a', { alerted_at: T + 9_000, priority: 'high' })]],
  ]);
  t.match(again, { burst: { at: 5_000 } });
  t.match(worse, { burst: { at: 9_000, call: { of: 'high' } } });
});

const anyAlarm = fc.record({
  id: fc.constantFrom('a', 'b', 'c', 'd'),
  priority: fc.constantFrom('low', 'medium', 'high'),
  presence: fc.constantFrom('on', 'latched', 'ack'),
  shelved: fc.boolean(),
  addressed: fc.boolean(),
  retrospective: fc.boolean(),
  technical: fc.boolean(),
  alerted: fc.integer({ min: 0, max: 5 }),
});

t.test('at any time, whatever happens: the worst that calls, and nothing else, once at a time', async (t) => {
  const moment = fc.tuple(
    fc.integer({ min: 0, max: 12_000 }),
    fc.uniqueArray(anyAlarm, { maxLength: 4, selector: ({ id }) => id }),
  );
  fc.assert(
    fc.property(fc.array(moment, { maxLength: 40 }), (moments) => {
      let schedule: SoundSchedule = NOTHING_HEARD;
      let now = 0;
      let end = 0;
      for (const [later, told] of moments) {
        now += later;
        const alarms = told.map(({ shelved, addressed, technical: ofSensor, alerted, id, ...fields }) =>
          ofSensor
            ? technical(id)
            : live(
                {
                  ...{ ...fields, id: id as AlarmId, alerted_at: T + alerted },
                  shelved_until: shelved ? T + 1 : null,
                },
                addressed,
              ),
        );
        const step = nextSound(schedule, callsOf(alarms), now);
        schedule = step.schedule;
        if (step.cut) end = now;
        const mayCall = alarms
          .filter(({ alarm, addressed }) => {
            const high = alarm.kind === 'physiological' && alarm.priority === 'high';
            const late = alarm.kind === 'physiological' && alarm.retrospective;
            const shelved = alarm.shelved_until !== null && !high;
            return addressed && alarm.presence !== 'ack' && !shelved && !late;
          })
          .map(({ alarm }) => alarm)
          .sort(worstFirst);
        if (mayCall.length === 0) {
          if (step.burst !== null || step.againAt !== null || end > now) return false;
          continue;
        }
        if (step.againAt === null || step.againAt <= now) return false;
        if (schedule.heard.size > alarms.length) return false;
        if (step.burst === null) {
          // Somebody hears of it again within the rhythm of its class, or as soon as what plays is over.
          const every = SOUND_PATTERNS[callsOf(alarms)[0]!.of].everyMs;
          if (step.againAt > now + every) return false;
          continue;
        }
        const { call, at } = step.burst;
        const worst = mayCall[0]!;
        if (call.id !== worst.id || at !== now || alarmState(worst) === 'acknowledged') return false;
        if (now < end) return false;
        end = now + SOUND_PATTERNS[call.of].lastsMs;
      }
      return true;
    }),
  );
  t.pass('held for every run');
});
