import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import t, { type Test } from 'tap';
import { codeOf } from '../../src/core/coded-error.ts';
import { DenialTally } from '../../src/observe/audit-denials.ts';
import type { AuditEntry } from '../../src/observe/audit-entry.ts';
import { openAuditTrail } from '../../src/observe/audit-trail.ts';
import { auditAt } from '../support/audit.ts';
import { eventually } from '../support/eventually.ts';
import { manualClock } from '../support/manual-clock.ts';
import { noTinyDisk, tinyDisk } from '../support/tiny-disk.ts';

const issued = (subject: string): AuditEntry => ({
  actor: { kind: 'admin', name: 'root' },
  action: 'device_issued',
  subject,
  details: {},
});

async function keeping(path: string, maxQueued = 1_000) {
  const errors: string[] = [];
  const clock = manualClock();
  const trail = await openAuditTrail({
    ...{ path, clock, maxQueued, busyTimeoutMs: 0, retryMs: 1_000 },
    onError: ({ code }) => errors.push(code),
  });
  const record = (subject: string) => trail.record(issued(subject)).then(() => 'written', codeOf);
  return { trail, clock, errors, record };
}

function held(t: Test, path: string): DatabaseSync {
  const other = new DatabaseSync(path);
  t.teardown(() => other.close());
  other.exec('BEGIN IMMEDIATE');
  return other;
}

t.test('what cannot be written now is kept, nobody waits for it, and it is written in order', async (t) => {
  const path = join(t.testdir(), 'audit.db');
  const { trail, clock, errors, record } = await keeping(path, 3);
  const other = held(t, path);
  t.equal(await record('one'), 'audit_delayed');
  t.same(await Promise.all([record('two'), record('three')]), ['audit_delayed', 'audit_delayed']);
  t.equal(await record('four'), 'audit_overloaded');
  t.equal(trail.healthy, false);
  other.exec('ROLLBACK');
  clock.advance(1_000);
  await eventually(() => trail.healthy);
  t.equal(await record('five'), 'written');
  t.same(errors, ['audit_not_written', 'audit_overloaded'], 'each told once');
  const { entries, verdict } = auditAt(path);
  t.same(
    entries.map(({ subject }) => subject),
    ['one', 'two', 'three', 'five'],
  );
  t.match(verdict, { ok: true });
  await trail[Symbol.asyncDispose]();
});

t.test('closing tries once more, and tells how many entries were lost', async (t) => {
  const path = join(t.testdir(), 'audit.db');
  const first = await keeping(path);
  const other = held(t, path);
  t.equal(await first.record('one'), 'audit_delayed');
  t.equal(await first.record('two'), 'audit_delayed');
  other.exec('ROLLBACK');
  await first.trail[Symbol.asyncDispose]();
  t.same(first.errors, ['audit_not_written']);
  t.equal(auditAt(path).entries.length, 2, 'it could be written then');

  const second = await keeping(path);
  other.exec('BEGIN IMMEDIATE');
  t.equal(await second.record('three'), 'audit_delayed');
  await second.trail[Symbol.asyncDispose]();
  t.same(second.errors, ['audit_not_written', 'audit_entries_lost']);
});

t.test('a full disk keeps entries until there is space', { skip: noTinyDisk }, async (t) => {
  using disk = tinyDisk(512);
  const path = join(disk.directory, 'audit.db');
  const { trail, clock, record } = await keeping(path);
  disk.fill();
  let last = '';
  for (let n = 0; last !== 'audit_delayed' && n < 1_000; n++) last = await record(`device-${n}`);
  t.equal(last, 'audit_delayed');
  disk.free();
  clock.advance(1_000);
  await eventually(() => trail.healthy);
  await trail[Symbol.asyncDispose]();
  t.match(auditAt(path).verdict, { ok: true });
});

t.test('a refusal whose entry is kept is not counted again', async (t) => {
  const path = join(t.testdir(), 'audit.db');
  const { trail, clock } = await keeping(path);
  const tally = new DenialTally({
    record: (entry) => trail.record(entry),
    clock,
    onError: ({ code }) => t.fail(code),
  });
  const other = held(t, path);
  tally.add({ code: 'role_forbidden', where: '/v1/limits', who: { kind: 'stranger', address: '192.0.2.1' } });
  await tally.flush();
  other.exec('ROLLBACK');
  await tally[Symbol.asyncDispose]();
  await trail[Symbol.asyncDispose]();
  t.match(auditAt(path).entries, [{ action: 'denied' }]);
  t.equal(auditAt(path).entries.length, 1);
});
