import {
  existsSync,
  promises as fs,
  mkdirSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { exchange, markRestore } from '../../scripts/backup/restore-target.ts';
import { refuseUnfinishedRestore, restoreMarker } from '../../src/core/unfinished-restore.ts';

const STAMP = '20260501T083000Z';

t.test('a restore that is cut off between its two moves keeps a server from beginning anew', async (t) => {
  const directory = t.testdir({ var: { 'journal.db': 'old' }, staged: { 'journal.db': 'new' } });
  const path = join(directory, 'var');
  const staged = `${path}.restoring-${STAMP}`;
  await fs.rename(join(directory, 'staged'), staged);
  symlinkSync('var', join(directory, 'link'));
  refuseUnfinishedRestore(path);
  await markRestore(path, 'as it goes');
  refuseUnfinishedRestore(path);
  await fs.rename(path, `${path}.before-restore-${STAMP}`);
  t.notOk(existsSync(path));
  for (const name of [path, join(directory, 'link')])
    t.throws(() => refuseUnfinishedRestore(name), {
      code: 'restore_unfinished',
      message: /var\.before-restore-20260501T083000Z, .*var\.restoring-20260501T083000Z/,
    });
  mkdirSync(path);
  writeFileSync(join(path, 'server.lock'), '');
  t.throws(() => refuseUnfinishedRestore(path), { code: 'restore_unfinished' }, 'empty but for a lock');
  rmSync(path, { recursive: true });
  await fs.rename(staged, path);
  refuseUnfinishedRestore(path);
});

t.test('a restore that finished, or took back what it did, leaves no mark', async (t) => {
  const directory = t.testdir({ var: { a: 'old' }, staged: { a: 'new' } });
  const target = { path: join(directory, 'var'), inUse: true, formerly: [], [Symbol.dispose]: () => {} };
  await t.rejects(exchange(join(directory, 'gone'), target, STAMP), { code: 'restore_failed' });
  t.strictSame(readdirSync(directory).sort(), ['staged', 'var']);
  await exchange(join(directory, 'staged'), target, STAMP);
  t.strictSame(readdirSync(directory).sort(), ['var', `var.before-restore-${STAMP}`]);
  t.notOk(existsSync(restoreMarker(target.path)));
});

t.test("a directory that was never there is nobody's to refuse", (t) => {
  t.doesNotThrow(() => refuseUnfinishedRestore(join(t.testdir(), 'no', 'var')));
  t.end();
});
