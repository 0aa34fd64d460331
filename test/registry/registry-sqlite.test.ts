import { spawnSync } from 'node:child_process';
import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import t, { type Test } from 'tap';
import { deviceId, patientId, wardId } from '../../src/model/ids.ts';
import { REGISTRY_MIGRATIONS } from '../../src/registry/registry-schema.ts';
import { openSqliteRegistry } from '../../src/registry/registry-sqlite.ts';
import { registryAccessContract } from '../contracts/registry-access-contract.ts';
import { aDevice, registryContract, told } from '../contracts/registry-contract.ts';
import { registryKeysContract } from '../contracts/registry-keys-contract.ts';
import { registryLimitsContract } from '../contracts/registry-limits-contract.ts';
import { registrySessionContract } from '../contracts/registry-session-contract.ts';
import { registryShelfContract } from '../contracts/registry-shelf-contract.ts';

const D1 = deviceId('D1');
const pathIn = (t: Test): string => join(t.testdir(), 'data', 'registry.db');

const open = (path: string, onError?: (error: Error) => void) =>
  openSqliteRegistry({
    path,
    onError:
      onError ??
      ((error) => {
        throw error;
      }),
  });

t.test('contract', async (t) => {
  const world = async (t: Test) => {
    const path = pathIn(t);
    return { open: (onError?: (error: Error) => void) => open(path, onError) };
  };
  registryContract(t, world);
  registryAccessContract(t, world);
  registryKeysContract(t, world);
  registryLimitsContract(t, world);
  registryShelfContract(t, world);
  registrySessionContract(t, world);
});

t.test('the folder is 0700 and every file 0600', async (t) => {
  const path = pathIn(t);
  await using registry = await open(path);
  await registry.addDevice(aDevice());
  t.equal(statSync(join(path, '..')).mode & 0o777, 0o700);
  for (const file of [path, `${path}-wal`, `${path}-shm`]) t.equal(statSync(file).mode & 0o777, 0o600, file);
});

t.test('a database of a newer release is refused, saying both versions', async (t) => {
  const path = pathIn(t);
  await (await open(path))[Symbol.asyncDispose]();
  const database = new DatabaseSync(path);
  database.exec('PRAGMA user_version = 99');
  database.close();
  await t.rejects(open(path), {
    code: 'schema_too_new',
    details: { version: 99, known: REGISTRY_MIGRATIONS.length },
  });
});

t.test('a database of the first schema is read, with certificates that had ended', async (t) => {
  const path = pathIn(t);
  mkdirSync(join(path, '..'));
  const database = new DatabaseSync(path);
  database.exec(`${REGISTRY_MIGRATIONS[0]}
    INSERT INTO devices VALUES ('D1', 'active', '', NULL, 1, 1);
    INSERT INTO certificates VALUES ('${'A'.repeat(43)}', '0A', 'D1', 5, 9, 'superseded', 1);
    INSERT INTO certificates VALUES ('${'B'.repeat(43)}', '0B', 'D1', 5, 9, 'active', 1);
    UPDATE revision SET value = 1;
    PRAGMA user_version = 1;`);
  database.close();
  await using registry = await open(path);
  t.match(registry.device(D1), { status: 'active', late_renewal_until: null });
  t.match(registry.certificate('A'.repeat(43)), {
    status: 'superseded',
    authority: '',
    key_thumbprint: '',
    follows: null,
    ended: { at: 5, reason: 'superseded' },
  });
  t.match(registry.certificate('B'.repeat(43)), { status: 'active', ended: null });
});

t.test('a file that is no database is refused', async (t) => {
  const dir = t.testdir({
    'registry.db': 'no database, but long enough to look like a header of one'.repeat(9),
  });
  await t.rejects(open(join(dir, 'registry.db')), { code: 'database_unavailable' });
});

t.test('an entry that cannot be read refuses to open, by name', async (t) => {
  const path = pathIn(t);
  {
    await using registry = await open(path);
    await registry.addDevice(aDevice());
  }
  const database = new DatabaseSync(path);
  database.exec("UPDATE devices SET status = 'perhaps'");
  database.close();
  await t.rejects(open(path), { code: 'registry_corrupt', details: { table: 'devices', key: 'D1' } });
});

t.test(
  'an unreadable entry of another process is reported and does not hide the ones behind it',
  async (t) => {
    const path = pathIn(t);
    const errors: Error[] = [];
    await using registry = await open(path, (error) => errors.push(error));
    await registry.addDevice(aDevice());
    const seen = told(registry, 'device', D1);
    const database = new DatabaseSync(path);
    database.exec(`BEGIN;
    UPDATE revision SET value = value + 1;
    INSERT INTO patients (id, ward, label, revision) SELECT 'bad id', 'W1', '', value FROM revision;
    UPDATE devices SET status = 'revoked', revision = (SELECT value FROM revision);
    COMMIT;`);
    database.close();
    await seen;
    t.equal(registry.device(D1)?.status, 'revoked');
    t.match(errors, [{ code: 'registry_corrupt', details: { key: 'bad id' } }]);
  },
);

t.test('the change of a real other process is seen and told', async (t) => {
  const path = pathIn(t);
  await using registry = await open(path);
  const changed = told(registry, 'device', D1);
  const script = `
    const { openSqliteRegistry } = await import(${JSON.stringify(new URL('../../src/registry/registry-sqlite.ts', import.meta.url).href)});
    const registry = await openSqliteRegistry({ path: ${JSON.stringify(path)}, onError: (e) => { throw e; } });
    await registry.addDevice(${JSON.stringify(aDevice())});
    await registry[Symbol.asyncDispose]();`;
  const child = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  t.equal(child.status, 0, child.stderr);
  t.ok(registry.device(D1) === undefined, 'the poll cannot have run while the child did');
  await changed;
  t.equal(registry.device(D1)?.status, 'active');
});

t.test('patientAt agrees with a plain search over many assignments', async (t) => {
  await using registry = await open(pathIn(t));
  await registry.addDevice(aDevice());
  const wards = ['P0', 'P1', 'P2'].map(patientId);
  for (const id of wards) await registry.addPatient({ id, ward: wardId('W1'), label: id, news2: 'scale_1' });
  for (let i = 0; i < 60; i++) await registry.assign(D1, i % 4 === 3 ? null : (wards[i % 3] ?? null), i * 10);
  const all = registry.assignmentsOf(D1);
  for (let at = -5; at < 620; at++) {
    const plain = all.find(({ from, to }) => from <= at && (to === null || at < to))?.patient ?? null;
    if (registry.patientAt(D1, at) !== plain) t.equal(registry.patientAt(D1, at), plain, `at ${at}`);
  }
  t.equal(all.length, 45);
});
