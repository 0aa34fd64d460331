import { existsSync, mkdirSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import t, { type Test } from 'tap';
import { systemClock } from '../../src/core/clock.ts';
import { tokenFingerprint } from '../../src/identity/token-fingerprint.ts';
import { clinicianId } from '../../src/model/ids.ts';
import { AUDIT_ACTION_NAMES, type AuditEntry } from '../../src/observe/audit-entry.ts';
import { openAuditTrail } from '../../src/observe/audit-trail.ts';
import { runScript } from '../support/admin-scripts.ts';
import { auditAt } from '../support/audit.ts';
import { CLOCK_START, manualClock } from '../support/manual-clock.ts';

const admin = { kind: 'admin', name: 'root' } as const;
const MINUTE = 60_000;
const at = (minutes: number): string => new Date(CLOCK_START + minutes * MINUTE).toISOString();
const run = (cwd: string, line: string) => runScript(cwd, 'audit', line.split(' '));

/** A trail with these entries, one a minute from `CLOCK_START` on, in `var` of a directory. */
async function trailOf(t: Test, entries: readonly AuditEntry[]): Promise<string> {
  const cwd = t.testdir();
  const clock = manualClock();
  const onError = (error: Error) => t.fail(error.message);
  await using trail = await openAuditTrail({ path: join(cwd, 'var/audit.db'), clock, onError });
  for (const entry of entries) {
    await trail.record(entry);
    clock.advance(MINUTE);
  }
  return cwd;
}

const SOME: readonly AuditEntry[] = [
  { actor: admin, action: 'device_issued', subject: 'watch-1', details: { days: 90 } },
  { actor: { kind: 'clinician', id: clinicianId('root') }, action: 'sign_in', subject: 'root' },
  {
    actor: { kind: 'stranger', address: '::1' },
    action: 'denied',
    subject: '/v1/feed',
    details: { count: 3 },
  },
  { actor: { kind: 'server' }, action: 'credentials_reloaded', subject: 'server.crt' },
  { actor: admin, action: 'device_revoked', subject: 'watch-1', details: { reason: 'key compromise' } },
];

/** Changes the file as somebody with its owner's rights can. */
function tamper(cwd: string, sql: string): void {
  using raw = new DatabaseSync(join(cwd, 'var/audit.db'));
  raw.exec(`
    CREATE TABLE kept AS SELECT sql FROM sqlite_schema WHERE type = 'trigger';
    DROP TRIGGER audit_never_changes; DROP TRIGGER audit_never_shrinks; DROP TRIGGER audit_only_appends;
    ${sql}
  `);
  for (const { sql } of raw.prepare('SELECT sql FROM kept').all()) raw.exec(String(sql));
  raw.exec('DROP TABLE kept');
}

t.test('show tells who did what, the newest last, and finds by every filter', async (t) => {
  const cwd = await trailOf(t, SOME);
  const table = await run(cwd, 'show');
  const lines = table.stdout.trimEnd().split('\n');
  t.match(lines[0], /^SEQ +TIME +ACTOR +ACTION +SUBJECT +DETAILS$/);
  t.match(lines[1], /^1 +2023-11-14T22:13:20\.000Z +admin root +device_issued +watch-1 +days=90$/);
  t.match(lines[4], /^4 +2023-\S+ +server +credentials_reloaded +server\.crt$/);
  const found = async (filter: string): Promise<number[]> => {
    const { code, stdout, stderr } = await run(cwd, `show --json ${filter}`.trim());
    t.equal(code, 0, stderr);
    return JSON.parse(stdout).map(({ seq }: { seq: number }) => seq);
  };
  const cases: readonly (readonly [filter: string, seqs: readonly number[]])[] = [
    ['', [1, 2, 3, 4, 5]],
    ['--limit 2', [4, 5]],
    ['--action denied', [3]],
    ['--actor root', [1, 2, 5]],
    ['--actor admin:root', [1, 5]],
    ['--actor admin', [1, 5]],
    ['--actor server', [4]],
    ['--actor ::1', [3]],
    ['--actor stranger:::1', [3]],
    ['--subject watch-1 --limit 1', [5]],
    [`--since ${at(1)} --until ${at(3)}`, [2, 3]],
    ['--subject nobody', []],
  ];
  for (const [filter, seqs] of cases) t.same(await found(filter), seqs, filter);
  const { stdout } = await run(cwd, 'show --json --action device_revoked');
  t.match(JSON.parse(stdout), [
    {
      at: CLOCK_START + 4 * MINUTE,
      actor: { kind: 'admin', name: 'root' },
      details: { reason: 'key compromise' },
    },
  ]);
  t.match((await run(cwd, 'show --subject nobody')).stdout, /^No entries/);
});

t.test('verify gives the number of entries and the head, which a longer trail still extends', async (t) => {
  const cwd = await trailOf(t, SOME);
  const { code, stdout } = await run(cwd, 'verify');
  t.equal(code, 0);
  const { hash } = auditAt(join(cwd, 'var/audit.db')).entries.at(-1)!;
  t.equal(stdout, `5 entries, the chain is whole.\nhead 5:${hash}\n`);
  t.same(JSON.parse((await run(cwd, 'verify --json')).stdout), {
    whole: true,
    entries: 5,
    head: `5:${hash}`,
  });
  await runScript(cwd, 'clinician', ['add', 'n1', '--role', 'admin']);
  const extended = await run(cwd, `verify --head 5:${hash}`);
  t.match(extended, { code: 0, stdout: /^6 entries, the chain is whole\. It contains and extends entry 5/ });
  t.equal((await run(cwd, `verify --head 0:${'0'.repeat(64)}`)).code, 0);
});

t.test('verify names the first entry that somebody tampered with, and what is wrong', async (t) => {
  const cases: readonly (readonly [sql: string, says: RegExp])[] = [
    ["UPDATE entries SET subject = 'watch-2' WHERE seq = 3", /entry 3 .*does not match its hash/],
    ["UPDATE entries SET details = replace(details, '3', '2') WHERE seq = 3", /entry 3 .*not match its hash/],
    ['UPDATE entries SET at = 9223372036854775807 WHERE seq = 2', /entry 2 .*does not match its hash/],
    ['DELETE FROM entries WHERE seq = 2', /entry 3 .*entries 2 to 2 are missing/],
    ['DELETE FROM entries WHERE seq <= 2', /entry 3 .*entries 1 to 2 are missing/],
    [
      'UPDATE entries SET seq = 9 WHERE seq = 2; UPDATE entries SET seq = 2 WHERE seq = 3; UPDATE entries SET seq = 3 WHERE seq = 9',
      /entry 2 .*does not continue entry 1/,
    ],
    [
      'INSERT INTO entries SELECT 6, at, actor_kind, actor, action, subject, details, previous, hash FROM entries WHERE seq = 5',
      /entry 6 .*does not continue entry 5/,
    ],
    ["INSERT INTO entries VALUES (-1, 1, '', '', '', '', '', '', '')", /entry -1 .*it stands after entry 0/],
    ['DROP TRIGGER IF EXISTS x', /^$/],
  ];
  for (const [sql, says] of cases) {
    const cwd = await trailOf(t, SOME);
    tamper(cwd, sql);
    for (const line of says === cases[0]?.[1] ? ['verify', 'verify --json'] : ['verify']) {
      const { code, stdout, stderr } = await run(cwd, line);
      t.match(stderr, says, sql);
      t.equal(code, says.test('') ? 0 : 1, sql);
      if (code === 1) {
        t.match(stderr, /^error: [^\n]+\(audit_broken\)\n$/);
        t.equal(stdout, '');
      }
    }
  }
});

t.test('a tail that was cut off, or a trail written anew, shows against a noted head only', async (t) => {
  const cwd = await trailOf(t, SOME);
  const { head } = JSON.parse((await run(cwd, 'verify --json')).stdout);
  tamper(cwd, 'DELETE FROM entries WHERE seq > 3');
  t.equal((await run(cwd, 'verify')).code, 0, 'nothing to be seen without it');
  t.match(await run(cwd, `verify --head ${head}`), { code: 1, stderr: /entry 4 .*before the head.*cut off/ });
  const anew = await trailOf(
    t,
    SOME.map((entry) => ({ ...entry, subject: 'other' })),
  );
  t.equal((await run(anew, 'verify')).code, 0);
  t.match(await run(anew, `verify --head ${head}`), { code: 1, stderr: /entry 5 .*written anew/ });
});

t.test('verify sees that what refuses changes was taken away', async (t) => {
  const cwd = await trailOf(t, SOME);
  using raw = new DatabaseSync(join(cwd, 'var/audit.db'));
  raw.exec('DROP TRIGGER audit_never_shrinks');
  t.match(await run(cwd, 'verify'), {
    code: 1,
    stderr: /refuses changes was removed \(audit_never_shrinks\)/,
  });
});

t.test('what a tamperer wrote does not reach the terminal', async (t) => {
  const cwd = await trailOf(t, SOME);
  tamper(
    cwd,
    "UPDATE entries SET subject = char(27) || '[2J', details = 'no json' || char(10), at = 9e15 WHERE seq = 5",
  );
  const { code, stdout } = await run(cwd, 'show');
  t.equal(code, 0);
  t.match(stdout, /^5 +9000000000000000 +admin root +device_revoked +\?\[2J +no json\?$/m);
  t.match(JSON.parse((await run(cwd, 'show --json --limit 1')).stdout), [{ details: 'no json\n' }]);
});

t.test('clinicians and their tokens are on record, by whom, without the token', async (t) => {
  const cwd = t.testdir();
  await runScript(cwd, 'ca', ['init', '--development']);
  await runScript(cwd, 'clinician', [
    'add',
    'n1',
    '--role',
    'clinician',
    '--ward',
    'north',
    '--ward',
    'south',
  ]);
  await runScript(cwd, 'clinician', ['add', 'n1', '--role', 'charge', '--replace']);
  const refused = await runScript(cwd, 'clinician', ['add', 'n1', '--role', 'charge']);
  t.equal(refused.code, 1);
  const token = (await runScript(cwd, 'clinician', ['token', 'n1'], { SUDO_USER: 'alice' })).stdout.trim();
  const { entries, verdict } = auditAt(join(cwd, 'var/audit.db'));
  t.match(verdict, { ok: true });
  const ours = entries.filter(({ action }) => action.startsWith('clinician_'));
  t.match(ours, [
    { actorKind: 'admin', actor: userInfo().username, action: 'clinician_changed', subject: 'n1' },
    { action: 'clinician_changed', details: '{"change":"replaced","role":"charge"}' },
    { actor: `alice as ${userInfo().username}`, action: 'clinician_token_issued', subject: 'n1' },
  ]);
  t.equal(ours.length, 3, 'what was refused was not done');
  t.same(JSON.parse(ours[0]!.details), { change: 'added', role: 'clinician', wards: 'north,south' });
  t.equal(JSON.parse(ours[2]!.details).fingerprint, tokenFingerprint(token));
  t.notMatch(JSON.stringify(entries), token.split('.').at(-1)!);
});

t.test('what cannot be put on record is not done, or is told as an error', async (t) => {
  const cwd = t.testdir();
  mkdirSync(join(cwd, 'var/audit.db'), { recursive: true });
  const refused = await runScript(cwd, 'clinician', ['add', 'n1', '--role', 'admin']);
  t.match(refused, { code: 78, stdout: '', stderr: /audit\.db cannot be opened.*\(database_unavailable\)/ });
  t.same(JSON.parse((await runScript(cwd, 'clinician', ['list', '--json', '--data', 'var2'])).stdout), []);

  // Fits the registry's own rules, not an entry's.
  const held = t.testdir({ var: {} });
  await runScript(held, 'clinician', ['list']);
  using raw = new DatabaseSync(join(held, 'var/audit.db'));
  raw.exec("CREATE TRIGGER full BEFORE INSERT ON entries BEGIN SELECT RAISE(ABORT, 'no room'); END");
  const done = await runScript(held, 'clinician', ['add', 'n1', '--role', 'admin']);
  t.match(done, {
    code: 1,
    stdout: '',
    stderr:
      /^error: clinician_changed of "n1" was done, and is not on record: .*no room.*\(audit_not_recorded\)\n$/,
  });
});

t.test(
  'mistakes and a missing trail are told in one line; help has examples and says what a chain cannot show',
  async (t) => {
    const cwd = t.testdir();
    const cases: readonly (readonly [code: number, line: string, says: RegExp])[] = [
      [1, 'verify', /var\/audit\.db does not exist: nothing was recorded.*\(audit_missing\)/],
      [1, 'show', /audit_missing/],
      [2, 'verify --head 5', /give a head as verify prints it/],
      [2, 'verify --head 5:abc', /give a head as verify prints it/],
      [2, 'show --action frob', /give one of device_issued/],
      [2, 'show --since yesterday', /give a time with its offset/],
      [2, 'show --limit 0', /1 to 100000/],
      [2, 'frob', /unknown command/],
    ];
    for (const [code, line, says] of cases) {
      const result = await run(cwd, line);
      t.match(result, { code, stdout: '', stderr: says }, line);
      t.equal(result.stderr.trimEnd().split('\n').length, 1, line);
    }
    t.notOk(existsSync(join(cwd, 'var')), 'reading makes nothing');
    const help = await run(cwd, 'verify --help');
    t.match(help.stdout, /cannot show that the newest entries were\ncut off.*--head/s);
    t.match(help.stdout, /Examples:\n {2}\$ npm run audit -- verify\n/);
    const show = await run(cwd, 'show --help');
    for (const action of AUDIT_ACTION_NAMES) t.match(show.stdout, new RegExp(`\\b${action}\\b`), action);
  },
);

t.test('a trail that others append to is verified meanwhile', async (t) => {
  const cwd = await trailOf(t, SOME);
  await using trail = await openAuditTrail({
    path: join(cwd, 'var/audit.db'),
    clock: systemClock(),
    onError: (error) => t.fail(error.message),
  });
  let going = true;
  const appending = (async () => {
    while (going) await Promise.all(Array.from({ length: 50 }, () => trail.record(SOME[0]!)));
  })();
  t.match(await run(cwd, 'verify'), { code: 0, stdout: /the chain is whole/ });
  going = false;
  await appending;
});
