import { join } from 'node:path';
import t from 'tap';
import { systemClock } from '../../src/core/clock.ts';
import { registeredPrincipal } from '../../src/identity/clinician-principal.ts';
import { beginSession, secretHash } from '../../src/identity/console-sessions.ts';
import { clinicianId } from '../../src/model/ids.ts';
import { openSqliteRegistry } from '../../src/registry/registry-sqlite.ts';
import { runScript } from '../support/admin-scripts.ts';
import { auditAt } from '../support/audit.ts';

const cwd = t.testdir();
const clinician = (line: string, env = {}) => runScript(cwd, 'clinician', line.split(' '), env);
const NURSE = clinicianId('nurse-1');

const registry = await openSqliteRegistry({
  path: join(cwd, 'var/registry.db'),
  onError: (error) => t.fail(error.message),
});
t.teardown(() => registry[Symbol.asyncDispose]());
await registry.putClinician({ id: NURSE, role: 'clinician', wards: [], patients: [], active: true });
const clock = systemClock();
const signIn = () =>
  beginSession(
    { registry, clock, sessionMs: 3_600_000, audit: { acted: () => undefined } },
    { principal: registeredPrincipal(NURSE), via: 'openid', address: '192.0.2.1' },
  );
const recorded = () =>
  auditAt(join(cwd, 'var/audit.db')).entries.map(({ action, details }) => [action, JSON.parse(details)]);

t.test('invite prints a link whose code signs in once, and puts it on record without the code', async (t) => {
  const { code, stdout, stderr } = await clinician('invite nurse-1');
  t.equal(code, 0, stderr);
  const [, secret = ''] = /^https:\/\/localhost:8444\/sign-in#([A-Za-z0-9_-]{43})\n$/.exec(stdout) ?? [];
  t.match(stderr, /^For one use, until \d{4}-.*Z\.\n$/);
  t.match(await registry.redeemInvitation(secretHash(secret), clock.now()), { clinician: 'nurse-1' });
  const where = { VITALWIRE_CONSOLE_URL: 'https://vitals.example' };
  const json = JSON.parse((await clinician('invite nurse-1 --ttl 8h --json', where)).stdout);
  t.match(json, { clinician: 'nurse-1', link: /^https:\/\/vitals\.example\/sign-in#/ });
  t.ok(Math.abs(json.until - clock.now() - 8 * 3_600_000) < 60_000);
  const port = { VITALWIRE_CLINICIAN_PORT: '9444' };
  t.match((await clinician('invite nurse-1', port)).stdout, /^https:\/\/localhost:9444\//);
  const given = await clinician('invite nurse-1 --url https://here.example:444', where);
  t.match(given.stdout, /^https:\/\/here\.example:444\/sign-in#/);
  t.match(recorded(), Array(4).fill(['invitation_issued', { until: /Z$/ }]));
  t.notMatch(JSON.stringify(recorded()), secret);
});

t.test('sessions tells who is signed in; sign-out ends all of them, and what was not used', async (t) => {
  const link = (await clinician('invite nurse-1')).stdout.trim();
  const { session, secret } = await signIn();
  const list = await clinician('sessions');
  t.match(list.stdout, /^CLINICIAN +SESSION .*\nnurse-1 +\S+ +openid +\d{4}-\S+ +\d{4}-\S+ +live\n$/);
  const [listed] = JSON.parse((await clinician('sessions nurse-1 --json')).stdout);
  t.match(listed, { id: session.id, live: true });
  t.notMatch(JSON.stringify(listed), session.secret_hash);
  t.notMatch(list.stdout, secret);
  t.same(JSON.parse((await clinician('sign-out nurse-1 --json')).stdout), {
    clinician: 'nurse-1',
    ended: [session.id],
  });
  t.match(recorded().at(-1), ['session_ended', { session: session.id, reason: 'ended_by_admin' }]);
  const code = link.split('#')[1] ?? '';
  await t.rejects(registry.redeemInvitation(secretHash(code), clock.now()), { code: 'invitation_expired' });
  t.equal((await clinician('sign-out nurse-1')).stdout, 'No session of nurse-1 holds.\n');
  t.match((await clinician('sessions')).stdout, / ended_by_admin\n$/);
  t.match((await clinician('sessions nobody')).stdout, /No session of the console of nobody/);
});

t.test('deactivate ends the sessions, whether a server runs or not', async (t) => {
  const { session } = await signIn();
  t.equal((await clinician('deactivate nurse-1')).code, 0);
  await registry.putClinician({ id: NURSE, role: 'clinician', wards: [], patients: [], active: true });
  t.match(registry.session(session.id)?.ended, { reason: 'deactivated' });
  t.match(recorded().at(-1), ['session_ended', { session: session.id, reason: 'deactivated' }]);
});

t.test('mistakes are told in one line', async (t) => {
  await clinician('deactivate nurse-1');
  const replaced = await clinician('add nurse-1 --role clinician --replace');
  t.match(replaced.stdout, /stay turned away.*activate nurse-1/, 'not let in by the way');
  const cases: readonly (readonly [code: number, line: string, says: RegExp])[] = [
    [2, 'invite', /missing required argument/],
    [2, 'invite nurse-1 --ttl 25h', /at most 1d/],
    [2, 'invite nurse-1 --url http://here', /give an https URL without path/],
    [1, 'invite nobody', /"nobody" is not registered: add.*unknown_clinician/],
    [1, 'invite nurse-1', /no longer active.*clinician_inactive/],
    [2, 'sign-out', /missing required argument/],
  ];
  for (const [code, line, says] of cases) {
    const ran = await clinician(line);
    t.equal(ran.code, code, line);
    t.match(ran.stderr, says, line);
  }
  await clinician('activate nurse-1');
  const free = await clinician('invite nurse-1', { VITALWIRE_CLINICIAN_PORT: '0' });
  t.match(free, { code: 2, stderr: /VITALWIRE_CLINICIAN_PORT=0 .*give --url \(options_invalid\)/ });
});
