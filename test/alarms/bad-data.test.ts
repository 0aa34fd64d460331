import t from 'tap';
import { reportImpossible } from '../../src/alarms/engine.ts';
import { DEVICE, engineRun, seconds, steady, told } from '../support/engine-run.ts';

t.test('bad data', async (t) => {
  t.test('off the body: a technical alarm at once, no physiological one, stored by others', async (t) => {
    const run = engineRun();
    run.send(seconds('spo2', steady(30, 97)));
    run.send(
      Array.from({ length: 30 }, (_, s) => ({
        t: 30_000 + s * 1_000,
        spo2: 70,
        quality: 'off_body' as const,
      })),
    );
    t.same(told(run.events), ['raised off_body low 30']);
    run.send(seconds('spo2', steady(8, 97), 60));
    t.same(told(run.events).slice(1), ['cleared off_body low 65']);
  });
  t.test('motion alarms when it lasts ten seconds, and once while it flickers', async (t) => {
    const run = engineRun();
    const sample = (s: number) => ({
      t: s * 1_000,
      heart_rate: 70 + (s % 2),
      ...(s >= 10 && s < 40 && s % 3 !== 0 ? { quality: 'motion' as const } : {}),
    });
    run.send(Array.from({ length: 60 }, (_, s) => sample(s)));
    t.same(told(run.events), ['raised motion low 20', 'cleared motion low 44']);
  });
  t.test('a possible breach during motion is not one', async (t) => {
    const run = engineRun();
    run.send(
      Array.from({ length: 9 }, (_, s) => ({ t: s * 1_000, heart_rate: 190, quality: 'motion' as const })),
    );
    t.same(run.events, []);
  });
  t.test('impossible values: one technical alarm, cleared by good values', async (t) => {
    const run = engineRun();
    run.send(seconds('spo2', steady(5, 97)));
    t.same(
      told(
        [
          reportImpossible(run.state, 'spo2', 5_000, { device: DEVICE, received: 5_000, skew: 0 }, run.rules),
        ].filter((e) => e !== null),
      ),
      ['raised impossible_value low 5'],
    );
    t.equal(
      reportImpossible(run.state, 'spo2', 6_000, { device: DEVICE, received: 6_000, skew: 0 }, run.rules),
      null,
    );
    t.same(told(run.send(seconds('spo2', steady(8, 97), 7))), ['cleared impossible_value low 12']);
  });
  t.test(
    'a heart rate frozen for five minutes is kept out; SpO2 and a ventilated respiratory rate may stand still',
    async (t) => {
      const run = engineRun();
      for (let s = 0; s < 320; s++) run.send([{ t: s * 1_000, heart_rate: 72, spo2: 100, resp_rate: 20 }]);
      t.same(told(run.events), ['raised frozen_value low 300']);
      t.same(told(run.send([{ t: 320_000, heart_rate: 73, spo2: 100, resp_rate: 20 }])), [
        'cleared frozen_value low 320',
      ]);
    },
  );
});
