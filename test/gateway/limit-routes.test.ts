import { join } from 'node:path';
import t from 'tap';
import { patientId, wardId } from '../../src/model/ids.ts';
import { auditAt } from '../support/audit.ts';
import { eventually } from '../support/eventually.ts';
import { type RestAnswer, rest } from '../support/rest.ts';
import { runningServer } from '../support/running-server.ts';

const server = await runningServer(t);
for (const [id, ward] of [
  ['p-1', 'ward-1'],
  ['p-2', 'ward-1'],
  ['p-far', 'ward-2'],
])
  await server.registry.addPatient({
    id: patientId(id!),
    ward: wardId(ward!),
    label: 'Bed',
    news2: 'scale_1',
  });
const nurse = await server.token('nurse-1');
const charge = await server.token('charge-1', { role: 'charge' });
const admin = await server.token('admin-1', { role: 'admin', wards: [] });

const call = (method: string, path: string, token: string | null, body?: unknown): Promise<RestAnswer> =>
  rest(server, token, path, body === undefined ? { method } : { method, body });
const audited = (action: string) =>
  auditAt(join(server.directory, 'var/audit.db'))
    .entries.filter((entry) => entry.action === action)
    .map(({ actor, subject, details }) => ({ actor, subject, ...JSON.parse(details) }));

const tier = (threshold: number, more = {}) => ({
  ...{ priority: 'medium', threshold, onset_delay_ms: 15_000, clear_margin: 1, clear_delay_ms: 5_000 },
  ...more,
});
const REASON = 'COPD';
const spo2 = (threshold: number) => ({ tiers: [tier(threshold)], reason: REASON });
const PATIENT = '/v1/limits/patient/p-1';
const WARD = '/v1/limits/ward/ward-1';
const EVERYONE = '/v1/limits/default';

interface Effective {
  readonly limits: readonly { readonly target: string; readonly from: string; readonly tiers: unknown }[];
}
const effective = async (target: string) => {
  const { body } = await call('GET', '/v1/patients/p-1/limits', nurse);
  return (body as unknown as Effective).limits.find((limit) => limit.target === target);
};

t.test('nothing chosen: the built-in limits are in force, and say so', async (t) => {
  const { status, body } = await call('GET', '/v1/patients/p-1/limits', nurse);
  t.equal(status, 200);
  const { limits } = body as unknown as Effective;
  t.same(
    limits.map(({ target }) => target),
    [
      ...['heart_rate:low', 'heart_rate:high', 'resp_rate:low', 'resp_rate:high', 'spo2:low'],
      ...[
        'body_temp:low',
        'body_temp:high',
        'systolic_bp:low',
        'systolic_bp:high',
        'glucose:low',
        'glucose:high',
      ],
    ],
  );
  t.ok(limits.every(({ from }) => from === 'built_in'));
  t.match(limits[4], { tiers: [{ threshold: 90, onset_delay_ms: 15_000 }, { threshold: 80 }], hides: [] });
  t.same((await call('GET', PATIENT, nurse)).body, { scope: { kind: 'patient', id: 'p-1' }, limits: [] });
});

t.test('each scope is chosen, explained, unset again, and on record', async (t) => {
  const shock = {
    reason: 'Sepsis bundle',
    tiers: [
      {
        ...{ priority: 'high', onset_delay_ms: 10_000, clear_delay_ms: 5_000 },
        conditions: [
          { vital: 'pulse_rate', direction: 'high', threshold: 110, clear_margin: 5 },
          { vital: 'systolic_bp', direction: 'low', threshold: 100, clear_margin: 5 },
        ],
      },
    ],
  };
  t.match(await call('PUT', `${EVERYONE}/spo2:low`, admin, spo2(91)), { status: 200 });
  t.match(await call('PUT', `${WARD}/spo2:low`, charge, spo2(90)), { status: 200 });
  const put = await call('PUT', `${PATIENT}/spo2%3Alow`, charge, spo2(88));
  t.match(put, { status: 200, body: { target: 'spo2:low', changed_by: 'charge-1', reason: REASON } });
  t.same(put.body.tiers, [tier(88)], 'without what the target says');
  t.match(await call('PUT', `${WARD}/combination:shock`, charge, shock), { status: 200 });
  t.match(await call('PUT', `${PATIENT}/glucose:high`, charge, { tiers: [], reason: REASON }), {
    status: 200,
  });

  t.match(await effective('spo2:low'), {
    from: 'patient',
    changed_by: 'charge-1',
    reason: REASON,
    tiers: [{ threshold: 88 }],
    hides: [
      { from: 'ward', tiers: [{ threshold: 90 }], changed_by: 'charge-1' },
      { from: 'default', tiers: [{ threshold: 91 }], changed_by: 'admin-1' },
      { from: 'built_in', tiers: [{ threshold: 90 }, { threshold: 80 }], changed_by: null, reason: null },
    ],
  });
  t.match(await effective('combination:shock'), { from: 'ward', tiers: shock.tiers, hides: [] });
  t.match(await effective('glucose:high'), { from: 'patient', tiers: [], hides: [{ from: 'built_in' }] });
  t.match((await call('GET', WARD, nurse)).body, {
    scope: { kind: 'ward', id: 'ward-1' },
    limits: [{ target: 'spo2:low' }, { target: 'combination:shock', reason: 'Sepsis bundle' }],
  });
  t.match((await call('GET', EVERYONE, nurse)).body, { limits: [{ target: 'spo2:low' }] });
  t.match((await call('GET', WARD, admin)).body, { limits: [{}, {}] });

  t.match(await call('DELETE', `${PATIENT}/spo2:low`, charge, { reason: 'Weaned off' }), {
    status: 204,
    text: '',
  });
  t.match(await effective('spo2:low'), { from: 'ward' });
  t.match(await call('DELETE', `${WARD}/spo2:low?reason=Weaned%20off`, charge), { status: 204 });
  t.match(await effective('spo2:low'), { from: 'default' });
  t.match(await call('DELETE', `${PATIENT}/spo2:low`, charge, { reason: 'Again' }), {
    status: 404,
    body: { code: 'not_found', detail: /spo2:low is not chosen for patient p-1/ },
  });
  t.match(audited('limits_changed'), [
    { actor: 'admin-1', subject: 'default', target: 'spo2:low', before: 'not chosen', reason: REASON },
    { actor: 'charge-1', subject: 'ward ward-1', now: 'medium < 90 for 15 s; clears by 1 for 5 s' },
    { subject: 'patient p-1' },
    { now: 'high pulse_rate>110 and systolic_bp<100 for 10 s; clears for 5 s' },
    { target: 'glucose:high', now: 'off' },
    { now: 'not chosen', before: 'medium < 88 for 15 s; clears by 1 for 5 s', reason: 'Weaned off' },
    { subject: 'ward ward-1', now: 'not chosen' },
  ]);
  await eventually(() => server.registry.limitOverrides().length === 5);
});

t.test('who may not see or change is refused; far and unknown patients look the same', async (t) => {
  const far = await server.token('charge-2', { role: 'charge', wards: ['ward-2'] });
  const cases: readonly (readonly [method: string, path: string, token: string, code: string])[] = [
    ['PUT', `${PATIENT}/spo2:low`, nurse, 'role_forbidden'],
    ['PUT', `${PATIENT}/spo2:low`, far, 'patient_forbidden'],
    ['PUT', `${PATIENT}/spo2:low`, admin, 'patient_forbidden'],
    ['PUT', '/v1/limits/patient/p-404/spo2:low', charge, 'patient_forbidden'],
    ['PUT', `${WARD}/spo2:low`, nurse, 'role_forbidden'],
    ['PUT', `${WARD}/spo2:low`, admin, 'role_forbidden'],
    ['PUT', `${WARD}/spo2:low`, far, 'ward_forbidden'],
    ['PUT', `${EVERYONE}/spo2:low`, charge, 'role_forbidden'],
    ['DELETE', `${EVERYONE}/spo2:low`, charge, 'role_forbidden'],
    ['DELETE', `${PATIENT}/spo2:low`, nurse, 'role_forbidden'],
    ['GET', PATIENT, far, 'patient_forbidden'],
    ['GET', PATIENT, admin, 'patient_forbidden'],
    ['GET', WARD, far, 'ward_forbidden'],
    ['GET', '/v1/patients/p-1/limits', far, 'patient_forbidden'],
  ];
  for (const [method, path, token, code] of cases) {
    const body = method === 'PUT' ? spo2(85) : method === 'DELETE' ? { reason: REASON } : undefined;
    t.match(
      await call(method, path, token, body),
      { status: 403, body: { code } },
      `${method} ${path} ${code}`,
    );
  }
  t.match(await call('GET', PATIENT, null), { status: 401 });
  t.match(await call('PUT', `${EVERYONE}/spo2:low`, null, spo2(85)), { status: 401 });
  const [unknown, other] = [
    await call('GET', '/v1/limits/patient/p-404', nurse),
    await call('GET', '/v1/limits/patient/p-far', nurse),
  ];
  t.equal(unknown.text.replaceAll('p-404', 'X'), other.text.replaceAll('p-far', 'X'));
});

t.test('what is not in order is refused, naming field, value and cure, and changes nothing', async (t) => {
  const before = (await call('GET', PATIENT, charge)).text;
  const invalid: readonly (readonly [target: string, body: unknown, detail: RegExp])[] = [
    ['spo2:low', {}, /tiers/],
    ['spo2:low', { tiers: [tier(88)] }, /reason/],
    ['spo2:low', { tiers: [tier(88)], reason: 'no' }, /reason/],
    ['spo2:low', { tiers: [tier(88)], reason: 'line\nline' }, /reason/],
    ['spo2:low', { tiers: 'off', reason: REASON }, /tiers/],
    ['spo2:low', { tiers: [tier(88, { vital: 'spo2' })], reason: REASON }, /tiers/],
    ['spo2:low', { tiers: [tier(88, { onset_delay_ms: 600_001 })], reason: REASON }, /600000/],
    ['spo2:low', { tiers: [tier(88), tier(87)], reason: REASON }, /one limit a priority/],
    ['spo2:falling', { tiers: [tier(88)], reason: REASON }, /tiers.change/],
    ['combination:x', { tiers: [tier(88)], reason: REASON }, /tiers.conditions/],
  ];
  for (const [target, body, detail] of invalid)
    t.match(
      await call('PUT', `${PATIENT}/${target}`, charge, body),
      { status: 400, body: { code: 'invalid_request', detail } },
      JSON.stringify(body),
    );
  const broken: readonly (readonly [target: string, tiers: unknown, detail: RegExp])[] = [
    ['spo2:sideways', [tier(88)], /target "spo2:sideways" is none: give/],
    ['skin_temp:high', [tier(39)], /patient p-1, skin_temp:high: .* choose limits for body_temp/],
    [
      'spo2:low',
      [tier(88), tier(89, { priority: 'high' })],
      /patient p-1, spo2:low: high.threshold 89 is not below/,
    ],
    [
      'heart_rate:low',
      [tier(120)],
      /medium.threshold 120 is not below 120, where heart_rate:high begins: choose/,
    ],
  ];
  for (const [target, tiers, detail] of broken)
    t.match(
      await call('PUT', `${PATIENT}/${target}`, charge, { tiers, reason: REASON }),
      { status: 422, body: { code: 'limits_invalid', detail, cure: /\S/ } },
      target,
    );
  for (const none of [undefined, ''])
    t.match(await call('DELETE', `${PATIENT}/spo2:low`, charge, none), {
      status: 400,
      body: { detail: /reason/ },
    });
  t.match(await call('PUT', `${PATIENT}/spo2:low`, charge, ''), { status: 400, body: { detail: /^body / } });
  t.match(await call('PUT', `${PATIENT}/spo2:low`, charge, { ...spo2(88), why: 'COPD' }), {
    status: 400,
    body: { detail: 'body must NOT have additional properties: why is unknown' },
  });
  t.equal((await call('GET', PATIENT, charge)).text, before);
});

t.test('NEWS2: the charge nurse of the ward says by which scale', async (t) => {
  const path = '/v1/patients/p-1/news2';
  const asked = { use: 'scale_2', reason: 'Hypercapnic failure' };
  t.match(await call('PUT', path, charge, asked), {
    status: 200,
    body: { patient: 'p-1', news2: 'scale_2' },
  });
  t.match(await call('PUT', path, nurse, asked), { status: 403, body: { code: 'role_forbidden' } });
  t.match(await call('PUT', path, admin, asked), { status: 403, body: { code: 'patient_forbidden' } });
  t.match(await call('PUT', path, charge, { ...asked, use: 'scale_3' }), { status: 400 });
  t.match(await call('PUT', path, charge, { use: 'off' }), { status: 400, body: { detail: /reason/ } });
  t.same(
    audited('patient_changed').map(({ actor, subject, news2, before, reason }) => [
      actor,
      subject,
      news2,
      before,
      reason,
    ]),
    [['charge-1', 'p-1', 'scale_2', 'scale_1', 'Hypercapnic failure']],
  );
});

const SHELVES = '/v1/patients/p-2/shelves';
const shelf = (vital = 'spo2', more = {}) => ({
  ...{ vital, direction: 'low', minutes: 30, reason: 'Probe is being changed' },
  ...more,
});

t.test('a shelf: put, listed, cancelled, listed as over, all on record', async (t) => {
  const put = await call('POST', SHELVES, charge, shelf());
  t.match(put, { status: 201, body: { patient: 'p-2', vital: 'spo2', by: 'charge-1' } });
  const { id, from, until } = put.body as { id: string; from: number; until: number };
  t.equal(until - from, 30 * 60_000);
  t.match((await call('GET', SHELVES, nurse)).body, { shelves: [{ id, live: true }] });
  t.match(await call('DELETE', `${SHELVES}/${id}`, nurse), { status: 403, body: { code: 'role_forbidden' } });
  t.match(
    await call('DELETE', `/v1/patients/p-1/shelves/${id}`, charge),
    { status: 404 },
    'of another patient',
  );
  const ended = await call('DELETE', `${SHELVES}/${id}`, charge, '');
  t.equal(ended.status, 200);
  t.ok((ended.body.until as number) < until);
  t.match(await call('DELETE', `${SHELVES}/${id}`, charge), { status: 404, body: { code: 'not_found' } });
  t.match((await call('GET', SHELVES, nurse)).body, { shelves: [{ id, live: false }] });
  t.match(audited('alarm_shelved'), [{ actor: 'charge-1', subject: 'p-2', vital: 'spo2', reason: /Probe/ }]);
  t.match(audited('alarm_unshelved'), [{ actor: 'charge-1', subject: 'p-2', shelf: id }]);
});

t.test('shelves are few, short, for a reason, one at a time, and a charge nurse puts them', async (t) => {
  for (const vital of ['spo2', 'heart_rate', 'resp_rate'])
    t.match(await call('POST', SHELVES, charge, shelf(vital)), { status: 201 });
  t.match(await call('POST', SHELVES, charge, shelf('glucose')), {
    status: 409,
    body: { code: 'too_many_shelves', detail: /3 alarms/ },
  });
  t.match(await call('POST', SHELVES, nurse, shelf()), { status: 403, body: { code: 'role_forbidden' } });
  t.match(await call('POST', SHELVES, admin, shelf()), { status: 403, body: { code: 'patient_forbidden' } });
  for (const path of ['/v1/patients/p-far/shelves', '/v1/patients/p-404/shelves']) {
    t.match(await call('POST', path, charge, shelf()), { status: 403, body: { code: 'patient_forbidden' } });
    t.match(await call('GET', path, charge), { status: 403, body: { code: 'patient_forbidden' } });
  }
  const wrong: readonly (readonly [unknown, RegExp])[] = [
    [[shelf()], /body/],
    [shelf('mood'), /vital/],
    [shelf('spo2', { direction: 'both' }), /direction/],
    [shelf('spo2', { minutes: 0 }), /minutes/],
    [shelf('spo2', { minutes: 481 }), /minutes/],
    [shelf('spo2', { minutes: 1.5 }), /minutes/],
    [shelf('spo2', { reason: 'too short' }), /reason/],
    [shelf('spo2', { reason: '  too short ' }), /reason/],
    [shelf('spo2', { vitals: ['spo2', 'glucose'] }), /body/],
  ];
  for (const [body, detail] of wrong)
    t.match(
      await call('POST', SHELVES, charge, body),
      { status: 400, body: { code: 'invalid_request', detail } },
      JSON.stringify(body),
    );
});

t.test('one person changes limits a bounded number of times an hour', async (t) => {
  const busy = await server.token('charge-busy', { role: 'charge' });
  const change = () => call('PUT', `${WARD}/glucose:low`, busy, { tiers: [], reason: REASON });
  const answers: number[] = [];
  for (let i = 0; i < 30; i++)
    answers.push(...(await Promise.all(Array.from({ length: 20 }, async () => (await change()).status))));
  t.same([...new Set(answers)], [200]);
  const { status, headers, body } = await change();
  t.match({ status, ...body }, { status: 429, code: 'rate_exceeded', detail: /wait \d+ s/ });
  t.ok(Number(headers['retry-after']) > 3_000);
  const unset = await call('DELETE', `${WARD}/glucose:low?reason=abc`, busy);
  t.match(unset, { status: 429 });
  t.match(await call('DELETE', `${WARD}/glucose:low?reason=abc`, charge), { status: 204 }, 'others may');
});

t.test('an admin learns nothing of a patient whose limits stand in the way of the default', async (t) => {
  const own = await call('PUT', `${PATIENT}/body_temp:high`, charge, { tiers: [], reason: REASON });
  t.equal(own.status, 200);
  const low = { tiers: [tier(41, { clear_margin: 0.1 })], reason: REASON };
  t.equal((await call('PUT', `${PATIENT}/body_temp:low`, charge, low)).status, 200);
  t.equal((await call('DELETE', `${WARD}/body_temp:high?reason=abc`, charge)).status, 404);
  const crossing = await call('DELETE', `${PATIENT}/body_temp:high?reason=abc`, charge);
  t.match(crossing, { status: 422, body: { detail: /41/ } }, 'who sees the patient is told');
  const wide = { tiers: [tier(43, { clear_margin: 0.1 })], reason: REASON };
  t.equal((await call('PUT', `${EVERYONE}/body_temp:high`, admin, wide)).status, 200);
  t.equal((await call('DELETE', `${PATIENT}/body_temp:high?reason=abc`, charge)).status, 204);
  const narrow = { tiers: [tier(40, { clear_margin: 0.1 })], reason: REASON };
  for (const { status, body, text } of [
    await call('PUT', `${EVERYONE}/body_temp:high`, admin, narrow),
    await call('DELETE', `${EVERYONE}/body_temp:high?reason=abc`, admin),
  ]) {
    t.match({ status, ...body }, { status: 422, code: 'limits_invalid', detail: /body_temp:high/ });
    t.notMatch(text, /p-1|41/);
  }
});
