import { join } from 'node:path';
import t, { type Test } from 'tap';
import { type Clock, systemClock } from '../../src/core/clock.ts';
import { SIGN_INS_PER_MINUTE } from '../../src/gateway/session-routes.ts';
import { clinicianId, patientId, sessionId, wardId } from '../../src/model/ids.ts';
import { auditAt } from '../support/audit.ts';
import { ConsoleSide } from '../support/console-session.ts';
import { eventually } from '../support/eventually.ts';
import type { RawSocket } from '../support/raw-device.ts';
import type { RestAnswer } from '../support/rest.ts';
import { runningServer } from '../support/running-server.ts';

const PROXY = 'https://console.hospital.example';
const HOUR = 3_600_000;
const SESSION = { 'www-authenticate': /Bearer/ };

let offset = 0;
const system = systemClock();
const clock: Clock = { ...system, now: () => system.now() + offset };
const server = await runningServer(t, { clock, environment: { VITALWIRE_CONSOLE_URL: PROXY } });
for (const [id, ward] of [
  ['p-1', 'ward-1'],
  ['p-2', 'ward-2'],
] as const)
  await server.registry.addPatient({
    id: patientId(id),
    ward: wardId(ward),
    label: `Bed of ${id}`,
    news2: 'scale_1',
  });
const nurseToken = await server.token('nurse-1');
const adminToken = await server.token('admin-1', { role: 'admin' });
const page = new ConsoleSide(server);
const own = server.clinicianUrl;
/** Origins that are not this server's, however alike. */
const FOREIGN = [
  ...['https://evil.example', 'null', '', own.replace('https', 'http'), `${own}.evil.example`, `${own}0`],
  ...[
    `${own}/`,
    own.replace('localhost', '127.0.0.1'),
    'https://localhost',
    `${PROXY}:8444`,
    'file://',
    null,
  ],
];
const breakGlass = { method: 'POST', body: { reason: 'Called to help on that ward' } };
const BREAK_GLASS = '/v1/patients/p-2/break-glass';

/** Entries of the trail about console sessions, as soon as `count` of them are there. */
function audited(action: string, details: Readonly<Record<string, unknown>>, count = 1) {
  return eventually(() => {
    const { entries } = auditAt(join(server.directory, 'var/audit.db'));
    const alike = entries.filter((entry) => {
      const facts = JSON.parse(entry.details);
      return (
        entry.action === action && Object.entries(details).every(([name, value]) => facts[name] === value)
      );
    });
    return alike.length >= count ? alike : null;
  });
}

/** That a feed is closed within a second of what `end` does. */
async function closedBy(t: Test, feed: RawSocket, code: number, end: () => Promise<unknown>): Promise<void> {
  const from = performance.now();
  await end();
  const closed = await feed.closed;
  t.equal(closed.code, code, closed.reason);
  const took = performance.now() - from;
  t.ok(took < 1_000, `${Math.round(took)} ms`);
}

const isRefused = (
  t: Test,
  answer: RestAnswer | RawSocket,
  status: number,
  code: string,
  name: string,
): void => {
  t.match(answer, { status, body: { code }, headers: SESSION }, name);
};

t.test('a link signs in once: the cookie is kept from scripts, other sites and plain HTTP', async (t) => {
  const answer = await page.redeem(await page.invite('nurse-1'));
  t.match(answer, { status: 201, headers: { 'cache-control': 'no-store' } });
  const cookie = String(answer.headers['set-cookie']);
  t.match(
    cookie,
    /^__Host-vitalwire_session=[A-Za-z0-9_-]{43}; Max-Age=(43200|43199); Path=\/; HttpOnly; Secure; SameSite=Strict$/,
  );
  const { body } = answer;
  t.match(body, { clinician: 'nurse-1', role: 'clinician', wards: ['ward-1'], patients: [] });
  const [secret = ''] = cookie.split(';');
  t.same((await page.ask('/v1/session', { cookie: secret })).body, body);
  t.match((await page.ask('/v1/patients', { cookie: secret })).body, { patients: [{ id: 'p-1' }] });
  const kept = await eventually(() => server.registry.session(sessionId(String(body.id))));
  t.notMatch(JSON.stringify(kept), secret.split('=')[1]);
  t.match(await audited('session_begun', { session: body.id }), [{ subject: 'nurse-1', actor: 'nurse-1' }]);
  t.match((await page.ask('/v1/sign-in')).body, { openid: null });
});

t.test('nobody is signed in without a cookie, and a token has no session', async (t) => {
  isRefused(t, await page.ask('/v1/session'), 401, 'token_missing', 'nothing');
  const headers = { authorization: `Bearer ${nurseToken}` };
  t.match(await page.ask('/v1/session', { headers }), { status: 404, body: { code: 'not_found' } });
  const { cookie } = await page.signIn('nurse-1');
  const wrong = { authorization: 'Bearer wrong' };
  isRefused(
    t,
    await page.ask('/v1/session', { cookie, headers: wrong }),
    401,
    'token_invalid',
    'the token counts',
  );
  t.equal((await page.ask('/v1/patients', { cookie, headers })).status, 200);
});

t.test(
  'an invitation that is used, over, withdrawn or made up: one answer, told apart on record',
  async (t) => {
    const code = await page.invite('nurse-1');
    t.equal((await page.redeem(code)).status, 201);
    const inactive = clinicianId('nurse-gone');
    const gone = { id: inactive, role: 'clinician', wards: [], patients: [], active: false } as const;
    await server.registry.putClinician(gone);
    const attempts = {
      used: code,
      expired: await page.invite('nurse-1', {
        ttlMs: 1,
        clock: { ...system, now: () => system.now() - HOUR },
      }),
      unknown: 'A'.repeat(43),
      clinician_inactive: await page.invite('nurse-gone'),
      clinician_unknown: await page.invite('nobody'),
    };
    const answers = new Set<string>();
    for (const [reason, attempt] of Object.entries(attempts)) {
      const answer = await page.redeem(attempt);
      isRefused(t, answer, 401, 'invitation_invalid', reason);
      t.equal(answer.headers['set-cookie'], undefined, reason);
      answers.add(answer.text);
    }
    t.equal(answers.size, 1);
    t.equal((await page.redeem(await page.invite('nurse-1'))).status, 201, 'a good one beside them');
    const twice = await page.invite('nurse-1');
    const both = await Promise.all([page.redeem(twice), page.redeem(twice)]);
    t.same(both.map(({ status }) => status).sort(), [201, 401], 'at the same moment');
    for (const wrong of [{}, { invitation: '' }, { invitation: 'x'.repeat(65) }, { invitation: 7 }])
      t.equal((await page.ask('/v1/session', { method: 'POST', body: wrong })).status, 400);
  },
);

t.test(
  'cross-site: no request that changes anything, and no sign-in, is accepted from elsewhere',
  async (t) => {
    const { cookie } = await page.signIn('nurse-1');
    const invitation = await page.invite('nurse-1');
    for (const origin of FOREIGN) {
      const name = `Origin ${origin}`;
      isRefused(
        t,
        await page.ask(BREAK_GLASS, { ...breakGlass, cookie, origin }),
        403,
        'origin_forbidden',
        name,
      );
      const out = { method: 'DELETE', cookie, origin };
      isRefused(t, await page.ask('/v1/session', out), 403, 'origin_forbidden', name);
      isRefused(t, await page.redeem(invitation, { origin }), 403, 'origin_forbidden', name);
    }
    t.equal((await page.ask('/v1/session', { cookie, origin: null })).status, 200, 'signed in still');
    for (const origin of [own, PROXY]) {
      t.equal((await page.ask(BREAK_GLASS, { ...breakGlass, cookie, origin })).status, 201, origin);
      t.equal((await page.ask(BREAK_GLASS, { method: 'DELETE', cookie, origin })).status, 204, origin);
    }
    t.equal((await page.redeem(invitation)).status, 201, 'no attempt used it up');
    const headers = { authorization: `Bearer ${nurseToken}` };
    const byToken = { ...breakGlass, cookie, headers, origin: 'https://evil.example' };
    t.equal((await page.ask(BREAK_GLASS, byToken)).status, 201, 'no browser sends a bearer token by itself');
  },
);

t.test('cross-site: no WebSocket of another origin is accepted', async (t) => {
  const { cookie } = await page.signIn('nurse-1');
  for (const origin of FOREIGN) {
    isRefused(t, await page.upgrade({ cookie, origin }), 403, 'origin_forbidden', `Origin ${origin}`);
    const open = await page.upgrade({ cookie, origin: own });
    if ('status' in open) t.fail(`refused: ${open.text}`);
    else open.socket.terminate();
  }
  const open = await page.upgrade({ cookie, origin: PROXY });
  t.ok('socket' in open, 'where a proxy leads to');
  if ('socket' in open) open.socket.terminate();
});

t.test('signed out: the open feeds end at once, and a replayed cookie is accepted nowhere', async (t) => {
  const { cookie, id } = await page.signIn('nurse-1');
  const other = await page.signIn('nurse-1');
  const feeds = [await page.feed(cookie), await page.feed(cookie)] as const;
  const kept = await page.feed(other.cookie);
  const out = await page.ask('/v1/session', { cookie, origin: null });
  t.equal(out.status, 200);
  await closedBy(t, feeds[0], 4403, async () => {
    const answer = await page.ask('/v1/session', { method: 'DELETE', cookie });
    t.equal(answer.status, 204);
    t.match(answer.headers['set-cookie'], ['__Host-vitalwire_session=;']);
    t.match(String(answer.headers['set-cookie']), /Secure/, 'or a browser would not take it away');
  });
  t.equal((await feeds[1].closed).code, 4403);
  t.match(await audited('session_ended', { session: id, reason: 'signed_out' }), [{ actor: 'nurse-1' }]);
  const replays = [
    ...['/v1/session', '/v1/patients', '/v1/patients/p-1', '/v1/patients/p-1/alarms'].map((path) =>
      page.ask(path, { cookie }),
    ),
    page.ask(BREAK_GLASS, { ...breakGlass, cookie }),
    page.ask('/v1/session', { method: 'DELETE', cookie }),
    page.upgrade({ cookie }),
  ];
  for (const answer of await Promise.all(replays)) isRefused(t, answer, 401, 'session_ended', 'replayed');
  t.match((await page.ask('/v1/session', { cookie })).headers['set-cookie'], ['__Host-vitalwire_session=;']);
  const { cookie: good } = other;
  const controls = ['/v1/session', '/v1/patients', '/v1/patients/p-1'].map((path) =>
    page.ask(path, { cookie: good }),
  );
  for (const { status } of await Promise.all(controls)) t.equal(status, 200);
  t.equal(kept.socket.readyState, kept.socket.OPEN, 'the other session of the same person goes on');
  kept.socket.terminate();
});

t.test('whoever signs in where another is signed in takes their place, in every window', async (t) => {
  await server.token('nurse-3');
  const one = await page.signIn('nurse-1');
  const feed = await page.feed(one.cookie);
  const { cookie } = one;
  t.equal((await page.redeem('C'.repeat(43), { cookie })).status, 401);
  t.equal((await page.ask('/v1/session', { cookie })).status, 200, 'not by a link that does not hold');
  const link = await page.invite('nurse-3');
  await closedBy(t, feed, 4403, async () =>
    t.match(await page.redeem(link, { cookie }), { status: 201, body: { clinician: 'nurse-3' } }),
  );
  isRefused(t, await page.ask('/v1/session', { cookie }), 401, 'session_ended', 'the former session');
  t.match(await audited('session_ended', { session: one.id, reason: 'signed_out' }), [
    { actor: 'nurse-1', subject: 'nurse-1' },
  ]);
});

t.test('a feed of the console lasts as long as its session, whatever token it is given', async (t) => {
  const { cookie } = await page.signIn('nurse-1');
  const feed = await page.feed(cookie);
  feed.send({ type: 'refresh', id: 'r', token: nurseToken });
  const refused = await eventually(() => feed.frames.find(({ id }) => id === 'r'));
  t.match(refused, { type: 'result', ok: false, code: 'invalid_request' });
  feed.socket.terminate();
});

t.test('an admin sees who is signed in, and ends a session; nobody else does', async (t) => {
  const { cookie, id } = await page.signIn('nurse-1');
  const admin = await page.signIn('admin-1');
  const charge = await server.token('charge-1', { role: 'charge' });
  for (const headers of [{}, { authorization: `Bearer ${charge}` }]) {
    const asNurse = { cookie, headers };
    isRefused(t, await page.ask('/v1/sessions', asNurse), 403, 'role_forbidden', 'list');
    const end = { ...asNurse, method: 'DELETE' };
    isRefused(t, await page.ask(`/v1/sessions/${admin.id}`, end), 403, 'role_forbidden', 'end');
  }
  const listed = (await page.ask('/v1/sessions', { cookie: admin.cookie })).body.sessions as { id: string }[];
  t.equal(listed[0]?.id, admin.id, 'the newest first');
  t.match(
    listed.find((one) => one.id === id),
    { clinician: 'nurse-1', via: 'invitation' },
  );
  t.notMatch(JSON.stringify(listed), /secret/);
  const feed = await page.feed(cookie);
  const headers = { authorization: `Bearer ${adminToken}` };
  const ending = { method: 'DELETE', headers, origin: null };
  await closedBy(t, feed, 4403, async () =>
    t.equal((await page.ask(`/v1/sessions/${id}`, ending)).status, 204),
  );
  isRefused(t, await page.ask('/v1/session', { cookie }), 401, 'session_ended', 'ended');
  t.equal((await page.ask(`/v1/sessions/${id}`, ending)).status, 204, 'once more: nothing to do');
  t.match(await page.ask('/v1/sessions/none', ending), { status: 404, body: { code: 'not_found' } });
  const reason = 'ended_by_admin';
  t.match(await audited('session_ended', { session: id, reason }), [
    { actor: 'admin-1', subject: 'nurse-1' },
  ]);
});

t.test('ended by another process, or with the person: seen within a second', async (t) => {
  const { registry } = server;
  const one = await page.signIn('nurse-1');
  await closedBy(t, await page.feed(one.cookie), 4403, () =>
    registry.endSession(sessionId(one.id), clock.now(), 'ended_by_admin'),
  );
  await server.token('nurse-2');
  const { cookie, id } = await page.signIn('nurse-2');
  const entry = registry.clinician(clinicianId('nurse-2')) ?? t.fail('not registered');
  if (typeof entry !== 'object') return;
  await closedBy(t, await page.feed(cookie), 4403, () => registry.putClinician({ ...entry, active: false }));
  const session = await eventually(() => {
    const found = registry.session(sessionId(id));
    return found?.ended ? found : null;
  });
  t.equal(session.ended?.reason, 'deactivated');
  await registry.putClinician({ ...entry, active: true });
  isRefused(
    t,
    await page.ask('/v1/session', { cookie }),
    401,
    'session_ended',
    'it does not come back with them',
  );
});

t.test('a restart keeps who is signed in, and who is not', async (t) => {
  const stays = await page.signIn('nurse-1');
  const leaves = await page.signIn('nurse-1');
  await page.ask('/v1/session', { method: 'DELETE', cookie: leaves.cookie });
  await server.restart();
  t.equal((await page.ask('/v1/session', { cookie: stays.cookie })).status, 200);
  (await page.feed(stays.cookie)).socket.terminate();
  isRefused(t, await page.ask('/v1/session', { cookie: leaves.cookie }), 401, 'session_ended', 'signed out');
});

t.test('over by its time: the feed ends as that of a token does, and the cookie is refused', async (t) => {
  const { cookie } = await page.signIn('nurse-1');
  const feed = await page.feed(cookie);
  t.match(await page.ask('/metrics'), { text: /^vitalwire_console_sessions [1-9]/m });
  offset += 12 * HOUR;
  t.equal((await feed.closed).code, 4401);
  isRefused(t, await page.ask('/v1/session', { cookie }), 401, 'session_ended', 'over');
  t.match(await page.ask('/metrics'), { text: /^vitalwire_console_sessions 0$/m });
});

t.test('whoever guesses is held off, and has it on record', async (t) => {
  const codes: unknown[] = [];
  const guess = 'B'.repeat(43);
  for (let i = 0; i <= SIGN_INS_PER_MINUTE * 1.5 && codes.at(-1) !== 'rate_exceeded'; i += 1)
    codes.push((await page.redeem(guess)).body.code);
  t.same(new Set(codes), new Set(['invitation_invalid', 'rate_exceeded']));
  const held = await page.redeem(guess);
  t.match(held, { status: 429, body: { code: 'rate_exceeded' }, headers: { 'retry-after': /^\d+$/ } });
  const link = await page.invite('nurse-1', { clock });
  // Nobody behind the same address is kept from signing in, once the server has seen what the other process wrote.
  await eventually(async () => (await page.redeem(link)).status === 201 || null);
  t.not((await page.redeem(link)).status, 201, 'once');
  t.match(await page.redeem('B'.repeat(5_000)), { status: 413 }, 'nor is much of it read');
  await server.app[Symbol.asyncDispose]();
  const reasons = ['used', 'expired', 'unknown', 'clinician_inactive', 'clinician_unknown'];
  for (const reason of reasons) await audited('denied', { code: 'invitation_invalid', reason });
  for (const code of ['origin_forbidden', 'session_ended']) {
    const denials = await audited('denied', { code });
    t.ok(
      denials.some(({ actor }) => actor === 'nurse-1'),
      `${code}, by name`,
    );
  }
  await audited('denied', { code: 'rate_exceeded' });
});
