import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { FeedClient } from '../../src/client/feed-client.ts';
import type { FeedFrameOf } from '../../src/client/feed-events.ts';
import { type Clock, systemClock } from '../../src/core/clock.ts';
import { clinicianId, patientId, wardId } from '../../src/model/ids.ts';
import type { SealedEntry } from '../../src/observe/audit-chain.ts';
import { runScript } from '../support/admin-scripts.ts';
import { auditAt } from '../support/audit.ts';
import { eventually } from '../support/eventually.ts';
import { rest } from '../support/rest.ts';
import { type RunningServer, runningServer } from '../support/running-server.ts';

const MINUTE = 60_000;
const REASON = 'Resuscitation in the corridor, I have the defibrillator';
const PATH = '/v1/patients/p-1/break-glass';

interface World {
  readonly server: RunningServer;
  /** Sets the server's clock forth. */
  forth(ms: number): void;
  /** Of ward-2: p-1 of ward-1 is none of their business. */
  readonly nurse: string;
  break(body: unknown, as?: string, path?: string): ReturnType<typeof rest>;
  giveUp(as?: string): ReturnType<typeof rest>;
  audit(action: string): readonly (SealedEntry & { readonly facts: Readonly<Record<string, unknown>> })[];
}

async function world(t: Test): Promise<World> {
  let offset = 0;
  const system = systemClock();
  const clock: Clock = { ...system, now: () => system.now() + offset };
  const server = await runningServer(t, { clock });
  await server.registry.addPatient({
    id: patientId('p-1'),
    ward: wardId('ward-1'),
    label: 'Bed of canary',
    news2: 'scale_1',
  });
  const nurse = await server.token('nurse-1', { wards: ['ward-2'] });
  return {
    server,
    nurse,
    forth: (ms) => {
      offset += ms;
    },
    break: (body, as = nurse, path = PATH) => rest(server, as, path, { method: 'POST', body }),
    giveUp: (as = nurse) => rest(server, as, PATH, { method: 'DELETE' }),
    audit: (action) =>
      auditAt(join(server.directory, 'var/audit.db'))
        .entries.filter((entry) => entry.action === action)
        .map((entry) => ({ ...entry, facts: JSON.parse(entry.details) })),
  };
}

interface Watcher {
  readonly feed: FeedClient;
  readonly access: FeedFrameOf<'access'>[];
  readonly vitals: FeedFrameOf<'vitals'>[];
  /** Patients of each snapshot so far. */
  readonly seen: (readonly string[])[];
}

async function watch(server: RunningServer, token: string, selection = {}): Promise<Watcher> {
  const feed = server.feed(token);
  const watcher: Watcher = { feed, access: [], vitals: [], seen: [] };
  feed.on('access', (frame) => watcher.access.push(frame));
  feed.on('vitals', (frame) => watcher.vitals.push(frame));
  feed.on('snapshot', ({ patients }) => watcher.seen.push(patients.map(({ patient }) => patient)));
  await feed.subscribe(selection);
  await eventually(() => watcher.seen.length > 0);
  return watcher;
}

t.test(
  'broken, seen, announced, over by its time, broken again, given up, all of it on record',
  async (t) => {
    const here = await world(t);
    const { server, nurse, forth } = here;
    const device = server.client(await server.wearable('watch-1', 'p-1'));
    const get = (path: string) => rest(server, nurse, path);
    const own = await watch(server, nurse);
    const colleague = await watch(server, await server.token('nurse-7'));
    const lead = await watch(server, await server.token('lead-1', { role: 'charge' }), { ward: 'elsewhere' });
    const stranger = await watch(server, await server.token('nurse-8', { wards: ['ward-2'] }));

    for (const part of ['', '/alarms', '/vitals?vital=spo2', '/waveforms?signal=ppg'])
      t.match(await get(`/v1/patients/p-1${part}`), { status: 403, body: { code: 'patient_forbidden' } });
    t.same(own.seen.at(-1), []);

    const asked = await here.break({ reason: `  ${REASON} `, minutes: 5 });
    t.match(asked, { status: 201, headers: { 'cache-control': 'no-store' } });
    const { id, from, until } = asked.body as { id: string; from: number; until: number };
    t.same(asked.body, { id, clinician: 'nurse-1', patient: 'p-1', reason: REASON, from, until });
    t.equal(until - from, 5 * MINUTE);
    for (const part of ['', '/alarms', '/vitals?vital=spo2', '/waveforms?signal=ppg'])
      t.match(await get(`/v1/patients/p-1${part}`), { status: 200 }, part);
    t.match((await get('/v1/patients')).body, { patients: [{ id: 'p-1' }] });
    t.match((await get('/v1/patients/p-1')).body, {
      access: [{ clinician: 'nurse-1', reason: REASON, from, until }],
    });
    const frame = { type: 'access', patient: 'p-1', clinician: 'nurse-1', reason: REASON, from, until };
    await eventually(() => [own, colleague, lead].every(({ access }) => access.length === 1));
    for (const { access } of [own, colleague, lead]) t.same(access, [frame]);
    t.same(own.seen.at(-1), ['p-1']);
    device.sendVitals([{ t: Date.now(), heart_rate: 71 }]);
    await eventually(() => own.vitals.some(({ values }) => values.heart_rate?.value === 71));

    forth(5 * MINUTE);
    t.match(await get('/v1/patients/p-1'), { status: 403 }, 'from its end on, at once');
    const over = performance.now();
    await eventually(() => [own, colleague, lead].every(({ access }) => access.length === 2));
    const tookMs = Math.round(performance.now() - over);
    t.ok(tookMs < 2_500, `open feeds were told ${tookMs} ms after`);
    t.same(colleague.access[1], { ...frame, ended: true });
    await eventually(() => own.seen.at(-1)?.length === 0);
    t.same((await get('/v1/patients')).body, { patients: [] });

    t.match(await here.break({ reason: REASON }), { status: 201 }, 'without minutes: an hour');
    await eventually(() => own.seen.at(-1)?.length === 1);
    t.match(await here.giveUp(), { status: 204, text: '' });
    t.match(await get('/v1/patients/p-1'), { status: 403 });
    await eventually(() => own.seen.at(-1)?.length === 0);
    await eventually(() => colleague.access.length === 4);
    t.match(colleague.access[3], { ended: true });
    t.match(await here.giveUp(), { status: 404, body: { code: 'not_found' } }, 'there is none any more');
    t.same(stranger.access, []);

    t.match(
      here
        .audit('break_glass')
        .map(({ actorKind, actor, subject, facts }) => [
          actorKind,
          actor,
          subject,
          facts.minutes,
          facts.reason,
        ]),
      [
        ['clinician', 'nurse-1', 'p-1', 5, REASON],
        ['clinician', 'nurse-1', 'p-1', 60, REASON],
      ],
    );
    t.match(here.audit('break_glass')[0]?.facts, { grant: id, until: new Date(until).toISOString() });
    t.match(here.audit('break_glass_ended'), [{ actor: 'nurse-1', subject: 'p-1' }]);
    const log = server.log.join('\n');
    t.match(log, '"event":"break_glass"');
    for (const secret of [REASON, 'defibrillator', 'p-1', 'canary']) t.notMatch(log, secret);
  },
);

t.test('who may not, and what is not in order, is refused by name of the field and on record', async (t) => {
  const here = await world(t);
  const { server } = here;
  const admin = await server.token('boss-1', { role: 'admin', wards: [] });
  const lead = await server.token('lead-1', { role: 'charge', wards: ['ward-2'] });
  const inside = await server.token('nurse-7');
  t.match(await here.break({ reason: REASON }, lead), { status: 201 }, 'a charge nurse may');
  t.match(await here.break({ reason: REASON }, admin), { status: 403, body: { code: 'role_forbidden' } });
  t.match(await here.break('{"reas', admin), { status: 400 });
  t.match(await here.break({ reason: REASON }, inside), { status: 409, body: { code: 'already_in_scope' } });
  t.match(await here.break({ reason: REASON }, here.nurse, '/v1/patients/p-404/break-glass'), {
    status: 404,
    body: { code: 'not_found' },
  });
  t.match(await rest(server, null, PATH, { method: 'POST', body: { reason: REASON } }), { status: 401 });
  t.match(await rest(server, null, PATH, { method: 'DELETE' }), { status: 401 });
  t.match(
    await rest(server, here.nurse, PATH, { method: 'POST', body: 'reason=x', contentType: 'text/html' }),
    { status: 415 },
  );
  const wrong: readonly [unknown, RegExp][] = [
    [{}, /reason/],
    [{ reason: '' }, /reason/],
    [{ reason: 'too short' }, /reason.*10/],
    [{ reason: '  too short ' }, /reason.*10/],
    [{ reason: 'x'.repeat(501) }, /reason.*500/],
    [{ reason: '\u{1f691}'.repeat(300) }, /reason.*500/],
    [{ reason: 'two lines,\nthe other one' }, /reason/],
    [{ reason: REASON, minutes: 0 }, /minutes/],
    [{ reason: REASON, minutes: 721 }, /minutes/],
    [{ reason: REASON, minutes: 1.5 }, /minutes/],
    [{ reason: REASON, minutes: 'soon' }, /minutes/],
    [{ reason: REASON, patient: 'p-2' }, /body/],
    ['null', /body/],
  ];
  for (const [body, detail] of wrong)
    t.match(
      await here.break(body),
      { status: 400, body: { code: 'invalid_request', detail } },
      JSON.stringify(body).slice(0, 60),
    );
  // Of another process: it sees within 250 ms what the server has written.
  await eventually(() => server.registry.grants().length === 1);

  await server.app[Symbol.asyncDispose]();
  const denied = here
    .audit('denied')
    .map(({ actorKind, actor, subject, facts: { code, reason, count } }) =>
      actorKind === 'stranger'
        ? [subject, code, count]
        : [actor, subject, code, count, ...(reason ? [reason] : [])],
    );
  const route = '/v1/patients/:id/break-glass';
  t.same(
    denied.toSorted(),
    [
      ['boss-1', route, 'role_forbidden', 1],
      ['boss-1', route, 'invalid_request', 1],
      ['nurse-7', route, 'already_in_scope', 1],
      ['nurse-1', route, 'not_found', 1, 'p-404'],
      ['nurse-1', route, 'unsupported_media_type', 1],
      ['nurse-1', route, 'invalid_request', wrong.length],
      [route, 'token_missing', 2],
    ].toSorted(),
  );
  t.match(here.audit('break_glass'), [{ actor: 'lead-1' }]);
});

t.test('ids can be tried twenty times an hour, by each for themselves', async (t) => {
  const here = await world(t);
  const other = await here.server.token('nurse-9', { wards: ['ward-2'] });
  const statuses = new Set<number>();
  for (let i = 0; i < 19; i++) {
    t.equal((await here.break({ reason: 'short' })).status, 400, 'does not count');
    const { status } = await here.break(
      { reason: REASON },
      here.nurse,
      `/v1/patients/p-${i + 100}/break-glass`,
    );
    statuses.add(status);
  }
  t.same([...statuses], [404]);
  t.equal((await here.break({ reason: REASON })).status, 201);
  for (const path of [PATH, '/v1/patients/p-200/break-glass']) {
    const refused = await here.break({ reason: REASON }, here.nurse, path);
    t.match(refused, { status: 429, body: { code: 'rate_exceeded' } });
    const wait = Number(refused.headers['retry-after']);
    t.ok(wait > 3_500 && wait <= 3_600, `known or not: wait ${wait} s`);
  }
  t.equal((await here.break({ reason: REASON }, other)).status, 201);
  t.equal((await rest(here.server, here.nurse, '/v1/patients/p-1')).status, 200, 'what was granted stands');
  t.equal((await here.giveUp()).status, 204);
});

t.test('a person is turned away and admitted again by command, and their access is over', async (t) => {
  const here = await world(t);
  const { server, nurse } = here;
  const run = async (...args: string[]) => {
    const result = await runScript(server.directory, 'clinician', args);
    return { ...result, json: args.includes('--json') && result.stdout ? JSON.parse(result.stdout) : null };
  };
  t.match(await run('grants'), { code: 0, stdout: /^No break-glass access yet/ });
  t.equal((await here.break({ reason: REASON })).status, 201);
  const own = await watch(server, nurse);
  const colleague = await watch(server, await server.token('nurse-7'));
  t.same(own.seen.at(-1), ['p-1']);
  t.match((await run('grants', '--json')).json, [
    { clinician: 'nurse-1', patient: 'p-1', reason: REASON, live: true },
  ]);
  t.same((await run('grants', 'nurse-7', '--json')).json, []);

  const closed = new Promise<{ code: number; at: number }>((resolve) =>
    own.feed.once('closed', ({ code }) => resolve({ code, at: performance.now() })),
  );
  t.match(await run('deactivate', 'nurse-1', '--json'), {
    code: 0,
    json: { clinician: 'nurse-1', active: false, changed: true, ended: [/^[0-9a-f-]{36}$/] },
  });
  const done = performance.now();
  const { code, at } = await closed;
  t.equal(code, 4403);
  t.ok(at - done < 1_000, `closed ${Math.round(at - done)} ms after the command had ended`);
  t.match(await rest(server, nurse, '/v1/patients'), { status: 403, body: { code: 'clinician_inactive' } });
  t.match(await here.break({ reason: REASON }), { status: 403, body: { code: 'clinician_inactive' } });
  await eventually(() => colleague.access.length > 0);
  t.match(colleague.access, [{ clinician: 'nurse-1', ended: true }]);
  t.match(await run('deactivate', 'nurse-1'), {
    code: 0,
    stdout: 'Clinician nurse-1 was inactive already.\n',
  });

  t.match(await run('activate', 'nurse-1'), { code: 0, stdout: /nurse-1 is active now/ });
  const back = () => rest(server, nurse, '/v1/patients');
  await eventually(async () => (await back()).status === 200);
  t.same((await back()).body, { patients: [] }, 'the access does not come back with them');
  t.match((await run('grants', 'nurse-1')).stdout, /nurse-1 +p-1 .* no +Resuscitation/);
  t.match(await run('deactivate', 'nobody'), { code: 1, stderr: /unknown_clinician/ });
  t.match(server.registry.clinician(clinicianId('nurse-1')), { role: 'clinician', wards: ['ward-2'] });
  t.match(
    here
      .audit('clinician_changed')
      .map(({ actorKind, subject, facts }) => [actorKind, subject, facts.change]),
    [
      ['admin', 'nurse-1', 'deactivated'],
      ['admin', 'nurse-1', 'activated'],
    ],
  );
  t.match(here.audit('break_glass_ended'), [
    { actorKind: 'admin', subject: 'p-1', facts: { clinician: 'nurse-1' } },
  ]);
});

t.test('access outlives a restart, and so does its end', async (t) => {
  const here = await world(t);
  const { server, nurse } = here;
  t.equal((await here.break({ reason: REASON, minutes: 1 })).status, 201);
  await server.restart();
  t.equal((await rest(server, nurse, '/v1/patients/p-1')).status, 200);
  const colleague = await watch(server, await server.token('nurse-7'));
  t.same(colleague.access, [], 'it was announced before');
  here.forth(MINUTE);
  t.equal((await rest(server, nurse, '/v1/patients/p-1')).status, 403);
  await eventually(() => colleague.access.length > 0);
  t.match(colleague.access, [{ clinician: 'nurse-1', ended: true }]);
});

t.test('denied on the feed goes on record under the person, with a count', async (t) => {
  const here = await world(t);
  const { server, nurse } = here;
  const own = await watch(server, nurse);
  for (let i = 0; i < 3; i++)
    await t.rejects(own.feed.subscribe({ patients: ['p-1'] }), { code: 'patient_forbidden' });
  t.match(await own.feed.waveforms('p-1', ['ppg']), { ok: false, code: 'patient_forbidden' });
  await own.feed.close();
  await server.app[Symbol.asyncDispose]();
  t.match(
    here.audit('denied').map(({ actor, subject, facts }) => [actor, subject, facts.code, facts.count]),
    [
      ['nurse-1', '/v1/feed subscribe', 'patient_forbidden', 3],
      ['nurse-1', '/v1/feed waveforms', 'patient_forbidden', 1],
    ],
  );
  t.notMatch(JSON.stringify(here.audit('denied')), 'p-1');
});
