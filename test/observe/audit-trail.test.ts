import { spawn } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { codeOf } from '../../src/core/coded-error.ts';
import type { AuditEntry } from '../../src/observe/audit-entry.ts';
import { AuditReader } from '../../src/observe/audit-reader.ts';
import { type AuditTrailOptions, openAuditTrail } from '../../src/observe/audit-trail.ts';
import { auditAt } from '../support/audit.ts';
import { CLOCK_START, manualClock } from '../support/manual-clock.ts';

const CHILD = fileURLToPath(new URL('./audit-child.ts', import.meta.url));
const pathIn = (t: Test): string => join(t.testdir(), 'data', 'audit.db');
const appending = (...args: string[]) =>
  spawn(process.execPath, [CHILD, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
const issued = (subject: string, n = 0): AuditEntry => ({
  actor: { kind: 'admin', name: 'root' },
  action: 'device_issued',
  subject,
  details: { n },
});
const open = (path: string, more: Partial<AuditTrailOptions> = {}) =>
  openAuditTrail({ path, clock: manualClock(), onError: () => {}, ...more });

t.test('an entry is on disk when record resolves, as it was given, behind the one before', async (t) => {
  const path = pathIn(t);
  const clock = manualClock();
  const recorded: string[] = [];
  await using trail = await open(path, { clock, onRecorded: (action) => recorded.push(action) });
  await trail.record(issued('watch-1'));
  t.equal(auditAt(path).entries.length, 1, 'seen by another connection at once');
  clock.advance(1_000);
  await Promise.all([
    trail.record({ actor: { kind: 'server' }, action: 'crl_published', subject: 'device-ca' }),
    trail.record(issued('watch-2', 7)),
  ]);
  const { entries, verdict } = auditAt(path);
  t.match(verdict, { ok: true, head: { seq: 3 } });
  t.match(entries, [
    {
      at: CLOCK_START,
      actorKind: 'admin',
      actor: 'root',
      action: 'device_issued',
      subject: 'watch-1',
      details: '{"n":0}',
    },
    { at: CLOCK_START + 1_000, actorKind: 'server', actor: '', action: 'crl_published', details: '{}' },
    { subject: 'watch-2', details: '{"n":7}' },
  ]);
  t.same(recorded, ['device_issued', 'crl_published', 'device_issued']);
});

t.test('what was recorded before the end is on disk, what comes after is refused', async (t) => {
  const path = pathIn(t);
  const trail = await open(path);
  const recorded = Promise.all(Array.from({ length: 600 }, (_, n) => trail.record(issued('watch-1', n))));
  await trail[Symbol.asyncDispose]();
  await recorded;
  t.match(auditAt(path).verdict, { ok: true, head: { seq: 600 } });
  await t.rejects(trail.record(issued('watch-1')), { code: 'audit_closed' });
});

t.test('two processes append at once to one chain', async (t) => {
  const path = pathIn(t);
  const names = ['one', 'two'];
  const children = names.map((name) => appending(path, name));
  const told = [0, 0];
  // Both go on until they have taken turns for a while, so that neither is through before the other begins.
  let last = 0;
  let changes = 0;
  await Promise.all(
    children.map(async ({ stdout }, i) => {
      for await (const chunk of stdout.setEncoding('utf8')) {
        told[i]! += String(chunk).split('\n').length - 1;
        if (i !== last) changes += 1;
        last = i;
        if (changes < 10 || told.some((count) => count < 200)) continue;
        for (const child of children) child.kill('SIGKILL');
      }
    }),
  );
  const { entries, verdict } = auditAt(path);
  t.match(verdict, { ok: true });
  for (const [i, name] of names.entries()) {
    const numbers = entries.filter(({ actor }) => actor === name).map(({ details }) => JSON.parse(details).n);
    t.ok(numbers.length >= told[i]!, `${told[i]} told, ${numbers.length} stored`);
    t.same(
      numbers,
      Array.from(numbers, (_, n) => n + 1),
      'each once, in order',
    );
  }
  const turns = entries.filter(({ actor }, i) => actor !== entries[i - 1]?.actor).length;
  t.ok(turns > 2, `the processes took ${turns} turns`);
});

t.test('kill -9 leaves a whole chain with everything that was told to be on disk', async (t) => {
  const path = pathIn(t);
  for (const [round, acks] of [1, 200, 700].entries()) {
    const child = appending(path, `round-${round}`);
    let told = '';
    for await (const chunk of child.stdout.setEncoding('utf8')) {
      told += chunk;
      if (told.split('\n').length > acks) child.kill('SIGKILL');
    }
    const numbers = told.split('\n').slice(0, -1).map(Number);
    const { entries, verdict } = auditAt(path);
    t.match(verdict, { ok: true });
    const stored = entries.filter(({ actor }) => actor === `round-${round}`);
    t.ok(numbers.length >= acks);
    t.ok(stored.length >= (numbers.at(-1) ?? 0), `${numbers.at(-1)} told, ${stored.length} stored`);
  }
});

t.test('a disk that refuses a write stops the trail loudly, and what was told before stays', async (t) => {
  const path = pathIn(t);
  const limited = 'unset NODE_OPTIONS; ulimit -f 200; exec "$0" "$@"';
  const child = spawn('bash', ['-c', limited, process.execPath, CHILD, path, 'limited'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = new Promise((resolve) => child.once('exit', (...how) => resolve(how)));
  const lines = (await text(child.stdout)).trimEnd().split('\n');
  t.same(await exited, [0, null]);
  const told = lines.map(Number).filter(Number.isFinite);
  t.ok(told.length > 20);
  t.equal(lines.filter((line) => line.startsWith('error ')).length, 1, 'told once');
  t.match(lines[told.length], /^error audit_(failed|not_written)$/);
  const { entries, verdict } = auditAt(path);
  t.match(verdict, { ok: true });
  t.ok(entries.length >= told.length);
});

t.test('nobody changes, removes or replaces an entry with SQL', async (t) => {
  const path = pathIn(t);
  {
    await using trail = await open(path);
    await trail.record(issued('watch-1'));
    await trail.record(issued('watch-2'));
  }
  using raw = new DatabaseSync(path);
  const refused = { message: /append-only/ };
  t.throws(() => raw.exec("UPDATE entries SET subject = 'x' WHERE seq = 1"), refused);
  t.throws(() => raw.exec('DELETE FROM entries WHERE seq = 2'), refused);
  t.throws(() => raw.exec('DELETE FROM entries'), refused);
  for (const seq of [-1, 0, 1, 2, 4]) {
    t.throws(
      () => raw.exec(`INSERT OR REPLACE INTO entries VALUES (${seq}, 1, '', '', '', '', '', '', '')`),
      refused,
    );
  }
  t.match(auditAt(path).verdict, { ok: true, head: { seq: 2 } });
});

t.test('past the bound an entry is refused loudly, and those before it are written', async (t) => {
  const path = pathIn(t);
  const errors: string[] = [];
  await using trail = await open(path, { maxQueued: 3, onError: ({ code }) => errors.push(code) });
  const outcomes = Promise.all(
    Array.from({ length: 6 }, (_, n) => trail.record(issued('watch-1', n)).then(() => 'written', codeOf)),
  );
  t.same(await outcomes, ['written', 'written', 'written', ...Array(3).fill('audit_overloaded')]);
  t.same(errors, ['audit_overloaded'], 'told once');
  t.equal(trail.healthy, true, 'and well again');
  await trail.record(issued('watch-1', 9));
  t.match(auditAt(path).verdict, { ok: true, head: { seq: 4 } });
});

t.test(
  'a file that another process holds refuses what is recorded meanwhile, and takes what comes later',
  async (t) => {
    const path = pathIn(t);
    const errors: string[] = [];
    await using trail = await open(path, { busyTimeoutMs: 20, onError: ({ code }) => errors.push(code) });
    {
      using raw = new DatabaseSync(path);
      raw.exec('BEGIN IMMEDIATE');
      await t.rejects(trail.record(issued('watch-1')), {
        code: 'audit_not_written',
        message: /did not let go/,
      });
      await t.rejects(trail.record(issued('watch-1')), { code: 'audit_not_written' });
      t.equal(trail.healthy, false);
    }
    await trail.record(issued('watch-2'));
    t.same(errors, ['audit_not_written'], 'told once');
    t.equal(trail.healthy, true);
    t.match(auditAt(path).entries, [{ subject: 'watch-2' }]);
  },
);

t.test(
  'an entry that is too long, empty, unprintable or names a secret is refused and not repeated',
  async (t) => {
    await using trail = await open(pathIn(t));
    const canary = 'canary';
    const wrong: readonly (readonly [field: string, entry: object])[] = [
      ['action', { action: canary }],
      ['actor', { actor: { kind: 'admin', name: '' } }],
      ['actor', { actor: { kind: 'stranger', address: `${canary}\u001b[2J` } }],
      ['subject', { subject: '' }],
      ['subject', { subject: canary.padEnd(257, 'x') }],
      ['subject', { subject: `${canary}\ud800` }],
      ['details', { details: Object.fromEntries(Array.from({ length: 17 }, (_, i) => [`d${i}`, canary])) }],
      ['details', { details: { 'Not snake': canary } }],
      ['details', { details: { ['__proto__']: canary } }],
      ['details.label', { details: { label: canary } }],
      ['details.access_token', { details: { access_token: canary } }],
      ['details.passphrase', { details: { passphrase: canary } }],
      ['details.reason', { details: { reason: 'x\ny' } }],
      ['details.n', { details: { n: Number.NaN } }],
    ];
    for (const [field, more] of wrong) {
      const error = await trail.record({ ...issued('watch-1'), ...more } as AuditEntry).then(
        () => t.fail(`${field} was taken`),
        (cause) => cause,
      );
      t.match(error, { code: 'audit_entry_invalid', details: { field } });
      t.notMatch(error.message, canary);
    }
    t.equal(trail.healthy, true);
  },
);

t.test('the folder is 0700 and every file 0600; a newer release is refused', async (t) => {
  const path = pathIn(t);
  {
    await using trail = await open(path);
    await trail.record(issued('watch-1'));
    t.equal(statSync(join(path, '..')).mode & 0o777, 0o700);
    for (const file of [path, `${path}-wal`]) t.equal(statSync(file).mode & 0o777, 0o600, file);
  }
  {
    using raw = new DatabaseSync(path);
    raw.exec('PRAGMA user_version = 99');
  }
  await t.rejects(open(path), { code: 'schema_too_new' });
  t.throws(() => new AuditReader(path), { code: 'schema_too_new' });
});
