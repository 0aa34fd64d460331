import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import t from 'tap';
import { BREAK_GLASS_PER_HOUR } from '../../src/gateway/break-glass-routes.ts';
import { clinicianId, deviceId, patientId, sessionId, wardId } from '../../src/model/ids.ts';
import { auditAt } from '../support/audit.ts';
import { ConsoleSide } from '../support/console-session.ts';
import { eventually } from '../support/eventually.ts';
import { type RestAnswer, rest } from '../support/rest.ts';
import { runningServer } from '../support/running-server.ts';

const server = await runningServer(t);
const { registry } = server;
await registry.addPatient({
  ...{ id: patientId('p-far'), ward: wardId('ward-2'), label: 'Far', news2: 'off' },
});
const watch = await server.wearable('watch-1', 'p-1');
await server.wearable('watch-2');
const nurse = await server.token('nurse-1');
const stranger = await server.token('nurse-2', { wards: ['ward-2'] });
const charge = await server.token('charge-1', { role: 'charge' });
const admin = await server.token('admin-1', { role: 'admin', wards: [] });

const call = (method: string, path: string, token: string | null, body?: unknown): Promise<RestAnswer> =>
  rest(server, token, `/v1${path}`, body === undefined ? { method } : { method, body });
const coded = ({ status, body }: RestAnswer) => [status, body.code];
const trail = join(server.directory, 'var/audit.db');
/** What was recorded of what this admin did since the last look, the newest last. */
let seen = 0;
const done = () => {
  const entries = auditAt(trail).entries.filter(
    ({ actor, action }) => actor === 'admin-1' && action !== 'sign_in' && action !== 'denied',
  );
  const fresh = entries.slice(seen);
  seen = entries.length;
  return fresh.map(({ action, subject, details }) => [action, subject, JSON.parse(details)]);
};

/** Every route of this kind, with a request that an admin's would do. */
const ADMINS: readonly (readonly [string, string, unknown?])[] = [
  ['POST', '/devices/watch-2/suspend'],
  ['POST', '/devices/watch-2/resume'],
  ['POST', '/devices/watch-2/revoke', { reason: 'unspecified' }],
  ['POST', '/devices/watch-2/assign', { patient: 'p-1' }],
  ['POST', '/devices/watch-2/certificates/0A/revoke', { reason: 'unspecified' }],
  ['POST', '/registry/patients', { id: 'p-9', ward: 'ward-1' }],
  ['PATCH', '/registry/patients/p-1', { ward: 'ward-2' }],
  ['GET', '/clinicians'],
  ['PUT', '/clinicians/nurse-1', { role: 'charge', wards: ['ward-2'], patients: [] }],
  ['POST', '/clinicians/nurse-2/deactivate'],
  ['POST', '/clinicians/nurse-2/activate'],
  ['POST', '/clinicians/nurse-2/invite'],
  ['GET', '/audit'],
  ['GET', '/system'],
];
const READERS = [
  ['GET', '/devices'],
  ['GET', '/devices/watch-1'],
  ['GET', '/registry/patients'],
] as const;

t.test('nobody else gets in, nothing is changed, and every refusal is on record', async (t) => {
  for (const [method, path, body] of [...ADMINS, ...READERS]) {
    t.same(coded(await call(method, path, null, body)), [401, 'token_missing'], `${method} ${path}`);
    t.same(coded(await call(method, path, nurse, body)), [403, 'role_forbidden'], `nurse: ${method} ${path}`);
  }
  for (const [method, path, body] of ADMINS)
    t.same(
      coded(await call(method, path, charge, body)),
      [403, 'role_forbidden'],
      `charge: ${method} ${path}`,
    );
  // Before what they sent is looked at.
  t.same(coded(await call('PUT', '/clinicians/nurse-1', nurse, { role: 'king' })), [403, 'role_forbidden']);
  t.equal(registry.patient(patientId('p-1'))?.ward, 'ward-1');
  t.equal(registry.device(deviceId('watch-2'))?.status, 'active');
  t.same(registry.clinician(clinicianId('nurse-1'))?.role, 'clinician');
  t.same(done(), []);
  await server.restart();
  const denied = auditAt(trail).entries.flatMap(({ action, actor, subject, details }) =>
    action === 'denied' && actor !== '127.0.0.1' ? [[actor, subject, JSON.parse(details).code]] : [],
  );
  for (const [, path] of [...ADMINS, ...READERS]) {
    const route = `/v1${path}`
      .replace(/\/(devices|clinicians|registry\/patients)\/[^/]+/, '/$1/:id')
      .replace(/certificates\/[^/]+/, 'certificates/:serial');
    t.ok(
      denied.some(
        ([actor, subject, code]) => actor === 'nurse-1' && subject === route && code === 'role_forbidden',
      ),
      route,
    );
  }
});

t.test(
  'a device: looked at, suspended, resumed, given to another, its certificate and itself ended',
  async (t) => {
    const path = '/devices/watch-2';
    const [certificate] = registry.certificatesOf(deviceId('watch-2'));
    t.match(await call('GET', path, charge), {
      status: 200,
      body: {
        ...{ id: 'watch-2', status: 'active', patient: null, connected: false, presence: 'off' },
        ...{ presence_since: null, battery_percent: null, late_renewal_until: null, assignments: [] },
        certificate_expires: certificate!.not_after,
        certificates: [{ serial: certificate!.serial, status: 'active', expired: false, ended_at: null }],
      },
    });
    t.same(coded(await call('GET', '/devices/nobody', admin)), [404, 'not_found']);
    for (const [act, status] of [
      ['suspend', 'suspended'],
      ['suspend', 'suspended'],
      ['resume', 'active'],
    ])
      t.match(await call('POST', `${path}/${act}`, admin), { status: 200, body: { status } });
    t.match(await call('POST', `${path}/assign`, admin, { patient: 'p-1' }), {
      status: 200,
      body: { patient: 'p-1', assignments: [{ patient: 'p-1', to: null }] },
    });
    t.match(await call('POST', `${path}/assign`, admin, { patient: null }), {
      status: 200,
      body: { patient: null },
    });
    t.same(coded(await call('POST', `${path}/assign`, admin, { patient: 'p-404' })), [404, 'not_found']);
    t.same(coded(await call('POST', `${path}/assign`, admin, {})), [400, 'invalid_request']);
    const revoke = { reason: 'keyCompromise' };
    t.same(coded(await call('POST', `${path}/certificates/0A/revoke`, admin, revoke)), [404, 'not_found']);
    const serial = certificate!.serial.toLowerCase().replace(/(..)(?=.)/g, '$1:');
    t.match(await call('POST', `${path}/certificates/${serial}/revoke`, admin, revoke), {
      status: 200,
      body: {
        certificate_expires: null,
        certificates: [{ status: 'revoked', ended_reason: 'keyCompromise' }],
      },
    });
    t.same(coded(await call('POST', `${path}/certificates/${serial}/revoke`, admin, revoke)), [
      409,
      'revoked_for_good',
    ]);
    t.same(coded(await call('POST', `${path}/revoke`, admin, { reason: 'superseded' })), [
      400,
      'invalid_request',
    ]);
    t.match(await call('POST', `${path}/revoke`, admin, { reason: 'cessationOfOperation' }), {
      status: 200,
      body: { status: 'revoked' },
    });
    for (const [act, body] of [
      ['resume', undefined],
      ['revoke', { reason: 'unspecified' }],
      ['assign', { patient: 'p-1' }],
    ] as const)
      t.same(coded(await call('POST', `${path}/${act}`, admin, body)), [409, 'revoked_for_good'], act);
    t.match(done(), [
      ['device_suspended', 'watch-2', {}],
      ['device_resumed', 'watch-2', {}],
      ['device_assigned', 'watch-2', { patient: 'p-1', from: /Z$/ }],
      ['device_assigned', 'watch-2', { patient: 'nobody', from: /Z$/ }],
      ['certificate_revoked', certificate!.serial, { device: 'watch-2', reason: 'keyCompromise' }],
      ['device_revoked', 'watch-2', { reason: 'cessationOfOperation', certificates_ended: 0 }],
    ]);
  },
);

t.test('devices in pages, and those whose certificate ends', async (t) => {
  const ids = async (query: string) => {
    const { body } = await call('GET', `/devices${query}`, admin);
    return [(body.devices as { id: string }[]).map(({ id }) => id), body.next];
  };
  t.same(await ids(''), [['watch-1', 'watch-2'], null]);
  t.same(await ids('?limit=1'), [['watch-1'], 'watch-1']);
  t.same(await ids('?limit=1&after=watch-1'), [['watch-2'], null]);
  t.same(await ids('?status=revoked'), [['watch-2'], null]);
  t.same(await ids('?expiring_days=14'), [[], null]);
  t.same(await ids('?expiring_days=100'), [['watch-1'], null]);
  t.equal((await call('GET', '/devices?limit=0', admin)).status, 400);
});

t.test('a command reaches the device, and its answer whoever may ask', async (t) => {
  const ask = (name: string, token: string, args?: unknown, device = 'watch-1') =>
    call('POST', `/devices/${device}/commands`, token, args === undefined ? { name } : { name, args });
  t.same(coded(await ask('identify', nurse)), [409, 'device_not_connected']);
  const device = server.client(watch, {
    commands: {
      identify: () => 'blinking',
      set_interval: ({ interval_ms: ms }) => {
        if (ms === 100) throw new Error('too fast for me');
      },
      start_waveform: ({ signals }) => `sending ${signals}`,
      stop_waveform: () => undefined,
    },
  });
  await eventually(async () => (await call('GET', '/devices/watch-1', admin)).body.presence === 'on');
  device.sendStatus({ battery_percent: 61 });
  await eventually(async () => (await call('GET', '/devices/watch-1', admin)).body.battery_percent === 61);

  t.match(await ask('identify', nurse), {
    status: 200,
    body: { id: String, device: 'watch-1', name: 'identify', message: 'blinking' },
  });
  t.match(await ask('identify', admin), { status: 200 });
  t.match(await ask('set_interval', admin, { interval_ms: 5_000 }), { status: 200, body: { message: null } });
  t.match(await ask('set_interval', charge, { interval_ms: 100 }), {
    status: 409,
    body: { code: 'device_refused', detail: /too fast for me/ },
  });
  t.match(await ask('start_waveform', nurse, { signals: ['ppg'] }), {
    status: 200,
    body: { message: 'sending ppg' },
  });
  for (const [name, args] of [
    ['set_interval', undefined],
    ['set_interval', { interval_ms: 1 }],
    ['identify', { interval_ms: 5_000 }],
    ['start_waveform', { signals: ['soul'] }],
    ['reboot', undefined],
  ] as const)
    t.same(coded(await ask(name, nurse, args)), [400, 'invalid_request'], name);
  t.same(coded(await ask('start_waveform', admin, { signals: ['ppg'] })), [403, 'role_forbidden']);
  t.same(coded(await ask('identify', stranger)), [403, 'patient_forbidden']);
  t.same(coded(await ask('identify', stranger, undefined, 'nobody')), [403, 'patient_forbidden']);
  t.same(coded(await ask('identify', admin, undefined, 'nobody')), [404, 'not_found']);

  const feed = server.feed(nurse);
  const began = once(feed, 'snapshot');
  await feed.subscribe();
  await began;
  await feed.waveforms('p-1', ['ppg']);
  t.same(coded(await ask('stop_waveform', charge, { signals: ['ppg'] })), [409, 'waveform_watched']);
  await feed.waveforms('p-1', []);
  t.match(await ask('stop_waveform', charge, { signals: ['ppg'] }), { status: 200 });
  t.match(done(), [
    ['device_commanded', 'watch-1', { command: 'identify', outcome: 'done' }],
    ['device_commanded', 'watch-1', { command: 'set_interval', interval_ms: 5_000, outcome: 'done' }],
  ]);
  const others = auditAt(trail).entries.filter(
    ({ action, actor }) => action === 'device_commanded' && actor !== 'admin-1',
  );
  t.same(
    others.map(({ actor, details }) => [actor, JSON.parse(details).outcome]),
    [
      ['nurse-1', 'unreachable'],
      ['nurse-1', 'done'],
      ['charge-1', 'refused'],
      ['nurse-1', 'done'],
      ['charge-1', 'watched'],
      ['charge-1', 'done'],
    ],
  );
});

t.test('patients are registered, placed and moved, and no vitals told', async (t) => {
  const list = async (token: string, query = '') =>
    (await call('GET', `/registry/patients${query}`, token)).body as { patients: { id: string }[] };
  t.match(await call('POST', '/registry/patients', admin, { id: 'p-2', ward: 'ward-1', label: 'Bed 2' }), {
    status: 201,
    body: { id: 'p-2', ward: 'ward-1', label: 'Bed 2', devices: [] },
  });
  t.match(await call('POST', '/registry/patients', admin, { id: 'p-3', ward: 'ward-1' }), {
    status: 201,
    body: { label: 'p-3' },
  });
  t.same(coded(await call('POST', '/registry/patients', admin, { id: 'p-2', ward: 'ward-1' })), [
    409,
    'already_exists',
  ]);
  for (const body of [{ id: 'a b', ward: 'ward-1' }, { id: 'p-4' }, { id: 'p-4', ward: 'w', label: 'a\nb' }])
    t.same(coded(await call('POST', '/registry/patients', admin, body)), [400, 'invalid_request']);
  t.same((await list(charge)).patients, [
    { id: 'p-1', ward: 'ward-1', label: 'Bed of p-1', devices: ['watch-1'] },
    { id: 'p-2', ward: 'ward-1', label: 'Bed 2', devices: [] },
    { id: 'p-3', ward: 'ward-1', label: 'p-3', devices: [] },
  ]);
  t.same(
    (await list(admin, '?ward=ward-2')).patients.map(({ id }) => id),
    ['p-far'],
  );
  t.same(
    (await list(admin, '?limit=1&after=p-1')).patients.map(({ id }) => id),
    ['p-2'],
  );

  t.equal((await call('GET', '/patients/p-2', nurse)).status, 200);
  const moved = await call('PATCH', '/registry/patients/p-2', admin, { ward: 'ward-2', label: 'Bed 7' });
  t.match(moved, { status: 200, body: { id: 'p-2', ward: 'ward-2', label: 'Bed 7' } });
  t.same(coded(await call('GET', '/patients/p-2', nurse)), [403, 'patient_forbidden']);
  t.match(await call('GET', '/patients/p-2', stranger), { status: 200, body: { label: 'Bed 7' } });
  t.equal((await call('PATCH', '/registry/patients/p-2', admin, { label: 'Bed 7' })).status, 200);
  t.equal((await call('PATCH', '/registry/patients/p-2', admin, { label: 'Bed 8' })).status, 200);
  t.same(coded(await call('PATCH', '/registry/patients/p-404', admin, { ward: 'w' })), [404, 'not_found']);
  t.same(coded(await call('PATCH', '/registry/patients/p-2', admin, {})), [400, 'invalid_request']);
  t.same(done(), [
    ['patient_changed', 'p-2', { change: 'added', ward: 'ward-1' }],
    ['patient_changed', 'p-3', { change: 'added', ward: 'ward-1' }],
    ['patient_changed', 'p-2', { before: 'ward-1', change: 'moved', ward: 'ward-2' }],
    ['patient_changed', 'p-2', { change: 'relabelled' }],
  ]);
});

t.test(
  'people are registered, given another scope, turned away and admitted; nobody by themselves',
  async (t) => {
    const standing = { role: 'clinician', wards: ['ward-1'], patients: ['p-far'] };
    t.match(await call('PUT', '/clinicians/nurse-9', admin, standing), {
      status: 201,
      body: { id: 'nurse-9', ...standing, active: true },
    });
    t.same(coded(await call('PUT', '/clinicians/nurse-9', admin, { ...standing, patients: ['p-404'] })), [
      404,
      'not_found',
    ]);
    t.same(coded(await call('PUT', '/clinicians/nurse-9', admin, { ...standing, role: 'king' })), [
      400,
      'invalid_request',
    ]);
    // Break-glass access does not outlive being turned away.
    const glass = { reason: 'Called to the resuscitation', minutes: 5 };
    t.ok(BREAK_GLASS_PER_HOUR > 1);
    t.equal((await call('POST', '/patients/p-far/break-glass', nurse, glass)).status, 201);
    t.match(await call('POST', '/clinicians/nurse-1/deactivate', admin), {
      status: 200,
      body: { active: false },
    });
    t.same(coded(await call('GET', '/patients', nurse)), [403, 'clinician_inactive']);
    const put = { role: 'charge', wards: ['ward-1'], patients: [] };
    t.match(await call('PUT', '/clinicians/nurse-1', admin, put), { status: 200, body: { active: false } });
    t.same(
      coded(await call('GET', '/patients', nurse)),
      [403, 'clinician_inactive'],
      'not let in by the way',
    );
    t.match(await call('POST', '/clinicians/nurse-1/activate', admin), {
      status: 200,
      body: { active: true, role: 'charge' },
    });
    t.same(coded(await call('GET', '/patients/p-far', nurse)), [403, 'patient_forbidden']);
    t.same(coded(await call('POST', '/clinicians/nobody/activate', admin)), [404, 'not_found']);
    for (const [method, path, body] of [
      ['PUT', '/clinicians/admin-1', { role: 'charge', wards: ['ward-1'], patients: [] }],
      ['POST', '/clinicians/admin-1/deactivate', undefined],
    ] as const)
      t.same(coded(await call(method, path, admin, body)), [403, 'role_forbidden'], path);
    t.match(registry.clinician(clinicianId('admin-1')), { role: 'admin', active: true });
    const { body } = await call('GET', '/clinicians?limit=2', admin);
    t.match(body, { clinicians: [{ id: 'admin-1' }, { id: 'charge-1' }], next: 'charge-1' });
    t.match(done(), [
      [
        'clinician_changed',
        'nurse-9',
        { change: 'added', role: 'clinician', wards: 'ward-1', patients: 'p-far' },
      ],
      ['clinician_changed', 'nurse-1', { change: 'deactivated' }],
      ['break_glass_ended', 'p-far', { clinician: 'nurse-1' }],
      ['clinician_changed', 'nurse-1', { change: 'replaced', role: 'charge', wards: 'ward-1' }],
      ['clinician_changed', 'nurse-1', { change: 'activated' }],
    ]);
  },
);

/** A request whose headers the server has, and whose body it waits for. @returns sends the rest, and gives the answer */
async function begun(method: string, path: string, cookie: string, body: unknown) {
  const sent = JSON.stringify(body);
  const asked = request(`${server.clinicianUrl}/v1${path}`, {
    ...{ method, agent: false, ca: readFileSync(join(server.directory, 'certs', 'root-ca.crt')) },
    headers: {
      ...{ cookie, origin: server.clinicianUrl, expect: '100-continue' },
      ...{ 'content-type': 'application/json', 'content-length': Buffer.byteLength(sent) },
    },
  });
  asked.flushHeaders();
  await once(asked, 'continue');
  return async () => {
    asked.end(sent);
    const [answer] = (await once(asked, 'response')) as [IncomingMessage];
    const { code } = (await json(answer)) as { code?: string };
    return [answer.statusCode, code];
  };
}

t.test(
  'who is turned away, or admin no longer, while a request is under way does nothing by it',
  async (t) => {
    const browser = new ConsoleSide(server);
    for (const [id, change, refusal] of [
      ['admin-2', { active: false }, [401, 'session_ended']],
      ['admin-3', { role: 'charge' }, [403, 'role_forbidden']],
      ['admin-4', {}, [401, 'session_ended']],
    ] as const) {
      await server.token(id, { role: 'admin' });
      const { cookie, id: session } = await browser.signIn(id);
      const backdoor = { role: 'admin', wards: [], patients: [] };
      const rest = [
        await begun('PUT', `/clinicians/back-${id}`, cookie, backdoor),
        await begun('POST', '/registry/patients', cookie, { id: `p-of-${id}`, ward: 'ward-1' }),
        await begun('POST', '/clinicians/nurse-2/invite', cookie, { minutes: 5 }),
      ];
      const entry = registry.clinician(clinicianId(id))!;
      if (id === 'admin-4') await registry.endSession(sessionId(session), Date.now(), 'ended_by_admin');
      else await registry.putClinician({ ...entry, ...change });
      await eventually(async () => (await browser.ask('/v1/system', { cookie })).status !== 200 || null);
      for (const send of rest) t.same(await send(), refusal, id);
      t.notOk(registry.clinician(clinicianId(`back-${id}`)));
      t.notOk(registry.patient(patientId(`p-of-${id}`)));
    }
  },
);

t.test('no browser and no proxy keeps what is told, or takes it for another kind of content', async (t) => {
  const headers = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };
  for (const path of ['/devices', '/clinicians', '/registry/patients', '/limits', '/sessions', '/nothing'])
    t.match((await call('GET', path, admin)).headers, headers, path);
  for (const path of ['/patients', '/patients/p-1', '/patients/p-1/vitals', '/patients/p-1/alarms'])
    t.match((await call('GET', path, charge)).headers, headers, path);
});

t.test('an admin makes a link to sign in with, which works once', async (t) => {
  const invited = await call('POST', '/clinicians/nurse-2/invite', admin, { minutes: 5 });
  t.match(invited, {
    status: 201,
    body: { clinician: 'nurse-2', link: /\/sign-in#[\w-]{43}$/, until: Number },
  });
  const invitation = String(invited.body.link).split('#')[1];
  const browser = new ConsoleSide(server);
  const signIn = () => browser.ask('/v1/session', { method: 'POST', body: { invitation } });
  t.match(await signIn(), { status: 201 });
  t.not((await signIn()).status, 201);
  t.equal((await call('POST', '/clinicians/nurse-2/invite', admin)).status, 201, 'also without a body');
  t.same(coded(await call('POST', '/clinicians/nobody/invite', admin)), [404, 'not_found']);
  t.same(coded(await call('POST', '/clinicians/nurse-2/invite', admin, { minutes: 1_441 })), [
    400,
    'invalid_request',
  ]);
  t.match(done(), [
    ['invitation_issued', 'nurse-2', { until: /Z$/ }],
    ['invitation_issued', 'nurse-2', {}],
  ]);
  const code = String(invitation);
  t.notOk(JSON.stringify(auditAt(trail).entries).includes(code), 'and no record of it holds the code');
});

t.test('the audit trail, newest first, in pages, by whatever one looks for', async (t) => {
  interface Page {
    readonly entries: readonly { seq: number; at: number; action: string; subject: string; actor: object }[];
    readonly next: number | null;
  }
  const read = async (query: string) => (await call('GET', `/audit${query}`, admin)).body as unknown as Page;
  const all = auditAt(trail).entries;
  const first = await read('?limit=3');
  t.same(
    first.entries.map(({ seq }) => seq),
    [all.length, all.length - 1, all.length - 2],
  );
  const second = await read(`?limit=3&after=${first.next}`);
  t.equal(second.entries[0]?.seq, all.length - 3);
  const moves = await read('?action=patient_changed&subject=p-2');
  t.match(moves, {
    entries: [
      { details: { change: 'relabelled' } },
      { actor: { kind: 'clinician', name: 'admin-1' }, details: { before: 'ward-1' } },
      { details: { change: 'added', ward: 'ward-1' } },
    ],
    next: null,
  });
  t.equal(moves.entries.length, 3);
  const [newest] = moves.entries;
  const until = await read(`?action=patient_changed&subject=p-2&to=${newest!.at}`);
  t.ok(until.entries.every(({ at }) => at < newest!.at));
  t.same((await read(`?from=${Date.now() + 60_000}`)).entries, []);
  for (const actor of ['clinician:charge-1', 'charge-1'])
    t.ok(
      (await read(`?actor=${actor}`)).entries.every(
        (entry) => 'name' in entry.actor && entry.actor.name === 'charge-1',
      ),
    );
  t.ok((await read('?actor=server')).entries.length > 0);
  for (const query of ['?limit=5000', '?action=nothing', '?from=5&to=5', '?colour=red'])
    t.same(coded(await call('GET', `/audit${query}`, admin)), [400, 'invalid_request'], query);
});

t.test('the state of the service, in numbers', async (t) => {
  t.match((await call('GET', '/system', admin)).body, {
    ...{ time: Number, version: /^\d+\.\d+\.\d+/, started: Number, uptime_s: Number },
    parts: { journal: { state: 'ok' }, store: { state: 'ok' } },
    journal: {
      condition: 'ok',
      waiting_for_disk: { records: Number, bytes: Number },
      waiting_for_store: { batches: Number, records: Number, bytes: Number },
    },
    store: { kind: 'sqlite', takes: true, failing_since: null, last_error: null },
    // Who was turned away had the one feed there was.
    connected: { devices: 1, clinicians: 0 },
    alarms: { unattended: Number },
    certificates: { within_days: 14, ending: 0, expired: 0, missing: 0 },
  });
});

t.test('a charge nurse is told of the devices of their wards and those nobody wears', async (t) => {
  await server.wearable('watch-far', 'p-far');
  const listed = async (token: string) => (await call('GET', '/devices', token)).body.devices;
  await eventually(async () => JSON.stringify(await listed(admin)).includes('p-far') || null);
  t.notMatch(JSON.stringify(await listed(charge)), /far/);
  t.match(JSON.stringify(await listed(charge)), /watch-1.*p-1/);
  const path = '/devices/watch-far';
  t.same(coded(await call('GET', path, charge)), [403, 'patient_forbidden']);
  const made = await call('GET', '/devices/made-up', charge);
  const theirs = await call('GET', path, charge);
  t.equal(made.text.replaceAll('made-up', 'watch-far'), theirs.text, 'as one that there is not');
  t.match((await call('GET', path, admin)).body, { patient: 'p-far', assignments: [{ patient: 'p-far' }] });
  await registry.assign(deviceId('watch-far'), patientId('p-1'), Date.now());
  const now = await eventually(async () => {
    const { status, body } = await call('GET', path, charge);
    return status === 200 ? body : null;
  });
  t.match(now, { patient: 'p-1' });
  t.notMatch(JSON.stringify(now.assignments), /p-far/, 'nor who wore it before, elsewhere');
});
