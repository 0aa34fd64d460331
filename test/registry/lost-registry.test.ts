import { rmSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { refuseLostRegistry } from '../../src/registry/lost-registry.ts';
import { openSqliteRegistry } from '../../src/registry/registry-sqlite.ts';

t.test('a data directory that was used is refused without its registry', async (t) => {
  const directory = t.testdir({ 'journal.db': 'batches', 'alarms.db': 'events' });
  const refused = { code: 'registry_lost', message: /registry\.db is gone or empty.*npm run restore/ };
  t.throws(() => refuseLostRegistry(directory), refused);
  const path = join(directory, 'registry.db');
  const registry = await openSqliteRegistry({ path, onError: (error) => t.fail(error.message) });
  refuseLostRegistry(directory);
  await registry[Symbol.asyncDispose]();
  refuseLostRegistry(directory);
  truncateSync(path);
  rmSync(`${path}-wal`, { force: true });
  t.throws(() => refuseLostRegistry(directory), refused, 'cut to nothing');
});

t.test('one that is new, or whose first start was cut off, is not', (t) => {
  refuseLostRegistry(t.testdir({}));
  refuseLostRegistry(t.testdir({ 'journal.db': 'begun' }));
  t.end();
});
