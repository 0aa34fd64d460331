import t from 'tap';
import type { BacktestReport } from '../../src/model/backtest.ts';
import { clinicianId, deviceId, patientId, wardId } from '../../src/model/ids.ts';
import { eventually } from '../support/eventually.ts';
import { type RestAnswer, rest } from '../support/rest.ts';
import { runningServer } from '../support/running-server.ts';

const server = await runningServer(t);
await server.wearable('watch-1', 'p-1');
await server.registry.addPatient({
  id: patientId('p-far'),
  ward: wardId('ward-2'),
  label: 'Bed far away',
  news2: 'scale_1',
});
const nurse = await server.token('nurse-1');
const admin = await server.token('admin-1', { role: 'admin' });
const begin = Date.now() - 3_600_000;

// Twice two minutes at 88, the second after a quiet quarter of an hour, then a minute at 78.
const spo2 = [97, 88, 97, 88, 97, 78, 97].flatMap((value, i) =>
  Array.from({ length: [60, 120, 900, 120, 60, 70, 60][i]! }, () => value),
);
await server.app.store.write(
  spo2.map((value, i) => ({
    measurement: 'vitals',
    patient: patientId('p-1'),
    device: deviceId('watch-1'),
    t: begin + i * 1_000,
    values: { spo2: value, heart_rate: 60 + (i % 20) },
    quality: null,
    received: null,
  })),
);

const ask = (body: unknown, token: string | null = nurse, patient = 'p-1'): Promise<RestAnswer> =>
  rest(server, token, `/v1/patients/${patient}/limits/backtest`, { method: 'POST', body });
const TIER = { onset_delay_ms: 3_000, clear_margin: 1, clear_delay_ms: 5_000 };
const strict = { target: 'spo2:low', tiers: [{ priority: 'high', threshold: 85, ...TIER }] };

t.test('answers what proposed limits would have done beside the limits in force', async (t) => {
  const { status, body, text } = await ask({
    limits: [strict],
    episodes: [{ vital: 'spo2', direction: 'low', beyond: 89, longer_than_s: 60 }],
  });
  t.equal(status, 200, text.slice(0, 300));
  const report = body as unknown as BacktestReport;
  t.match(report, {
    patient: 'p-1',
    moments: spo2.length,
    monitored_s: spo2.length - 1,
    today: { raised: 3, cleared: 3, latched: 1, by_priority: { low: 0, medium: 2, high: 1 } },
    proposed: { raised: 1, cleared: 1, latched: 1, by_priority: { low: 0, medium: 0, high: 1 } },
    only: { today: { count: 2 }, proposed: { count: 0, alarms: [] } },
    episodes: [{ vital: 'spo2', beyond: 89, found: 3, missed: { today: 0, proposed: 2 } }],
    missed: [{ worst: 88, lasted_s: 119, device: 'watch-1', alarmed: { today: true, proposed: false } }, {}],
  });
  t.equal(report.to - report.from, 86_400_000, 'the last day');
  const { today } = report;
  t.equal(today.a_patient_day?.high, 86_400 / (spo2.length - 1));
  t.strictSame(Object.keys(today.targets), ['spo2:low']);
  t.match(today.targets['spo2:low'], { raised: 3, median_s: Number, longest_s: Number });
  const [alarm] = report.only.today.alarms;
  t.match(alarm, { target: 'spo2:low', priority: 'medium', id: `p-1:spo2:low:${begin + 75_000}` });
});

t.test('changes nothing: live limits stay as they were', async (t) => {
  t.equal((await ask({ limits: [strict] })).status, 200);
  t.strictSame(server.registry.limitOverrides(), []);
});

t.test('a range without history gives zeroes, and nulls where there is nothing to divide by', async (t) => {
  const { status, body } = await ask({ limits: [], from: 1_000, to: 2_000 });
  t.equal(status, 200);
  t.match(body, { moments: 0, today: { raised: 0, a_patient_day: null, median_s: null, targets: {} } });
  t.equal((body as unknown as BacktestReport).episodes.length, 9, 'the episodes looked for by default');
});

t.test('whoever may watch the patient may run it, and nobody else', async (t) => {
  const limits = { limits: [] };
  const guest = await server.token('guest-1', { wards: [] });
  t.match(await ask(limits, guest), { status: 403, body: { code: 'patient_forbidden' } });
  const person = { id: clinicianId('guest-1'), role: 'clinician', wards: [], active: true } as const;
  await server.registry.putClinician({ ...person, patients: [patientId('p-1')] });
  await eventually(async () => (await ask(limits, guest)).status === 200);
  t.match(await ask(limits, null), { status: 401, body: { code: 'token_missing' } });
  t.match(await ask(limits, admin), { status: 403, body: { code: 'patient_forbidden' } });
  const far = await ask(limits, nurse, 'p-far');
  const none = await ask(limits, nurse, 'p-xyz');
  t.match(far, { status: 403, body: { code: 'patient_forbidden' } });
  t.equal(far.text.replaceAll('p-far', 'X'), none.text.replaceAll('p-xyz', 'X'));
});

t.test('what is wrong with the request is named', async (t) => {
  const tier = strict.tiers[0];
  const cases: [unknown, number, string, RegExp][] = [
    [{}, 400, 'invalid_request', /limits/],
    [{ limits: [], more: 1 }, 400, 'invalid_request', /additional/],
    [{ limits: [], from: 2, to: 1 }, 400, 'invalid_request', /from 2 must be before to 1/],
    [{ limits: [], from: 0, to: 604_800_001 }, 400, 'backtest_too_long', /7 days/],
    [{ limits: [{ target: 'mood:low', tiers: [] }] }, 422, 'limits_invalid', /mood:low/],
    [{ limits: [{ ...strict, tiers: [{ ...tier, threshold: 'x' }] }] }, 400, 'invalid_request', /threshold/],
    [{ limits: [{ ...strict, tiers: [tier, tier] }] }, 400, 'invalid_request', /tiers/],
    [{ limits: [{ ...strict, tiers: [{ ...tier, threshold: 101 }] }] }, 422, 'limits_invalid', /101/],
    [{ limits: [strict, strict] }, 422, 'limits_invalid', /twice/],
    [
      { limits: [], episodes: [{ vital: 'spo2', direction: 'low', beyond: 80, longer_than_s: 0 }] },
      ...([400, 'invalid_request', /longer_than_s/] as const),
    ],
  ];
  for (const [body, status, code, detail] of cases) {
    const answer = await ask(body);
    t.match(answer, { status, body: { code, detail } }, JSON.stringify(body).slice(0, 100));
  }
});

t.test('when too many wait, the answer says when to come back', async (t) => {
  const week = { limits: [strict], from: begin - 6 * 86_400_000, to: begin + 86_400_000 };
  const answers = await eventually(async () => {
    // How many overlap is for the machine to say.
    const many = await Promise.all(Array.from({ length: 20 }, () => ask(week)));
    return many.some(({ status }) => status === 503) ? many : null;
  });
  const busy = answers.filter(({ status }) => status === 503);
  t.ok(answers.filter(({ status }) => status === 200).length >= 5, 'the others are answered');
  for (const { body, headers } of busy) {
    t.match(body, { code: 'backtest_busy' });
    t.equal(headers['retry-after'], '5');
  }
});
