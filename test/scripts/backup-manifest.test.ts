import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { backupName, partialBackups, pruneBackups } from '../../scripts/backup/backup-names.ts';
import {
  type ManifestContent,
  readManifest,
  verifyContents,
  writeManifest,
} from '../../scripts/backup/manifest.ts';

const SHA256_OF_NOTHING = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
const file = (name: string) => ({ name, octets: 0, sha256: SHA256_OF_NOTHING });
const content = (names: readonly string[]): ManifestContent => ({
  version: '1.2.3',
  created: '2026-05-01T08:30:00.000Z',
  store: 'sqlite',
  telemetry: 'none',
  journal: { position: 1, readers: { store: 1 } },
  alarm_cursor: '0',
  alarm_epoch: 1,
  registry_revision: 1,
  audit_head: '',
  audit_origin: 'a'.repeat(64),
  certificates: false,
  files: names.map(file),
});

t.test('a manifest is read as it was written', async (t) => {
  const directory = t.testdir({
    'journal.db': '',
    certs: { devices: { 'w:1': { 'device.key': '' } }, '.gitignore': '' },
  });
  const names = ['journal.db', 'certs/devices/w:1/device.key', 'certs/.gitignore'];
  const written = await writeManifest(directory, content(names));
  t.same(await readManifest(directory), written);
  await t.resolves(verifyContents(directory, written, () => {}));
});

for (const name of [
  '../journal.db',
  '/etc/passwd',
  'certs/../../a',
  'certs/..',
  '..',
  'sub/journal.db',
  'journal.db-wal',
  'tls-ticket.key',
  'server.lock',
  'a\nb',
  'manifest.json',
  '',
])
  t.test(`a manifest that names ${JSON.stringify(name)} is not written and not read`, async (t) => {
    const directory = t.testdir({});
    await t.rejects(writeManifest(directory, content([name])), { code: 'backup_invalid' });
    writeFileSync(join(directory, 'manifest.json'), JSON.stringify({ format: 1, ...content([name]) }));
    await t.rejects(readManifest(directory), { code: 'backup_invalid' });
  });

t.test('a manifest of another form, in pieces or absent is no backup', async (t) => {
  const directory = t.testdir({ 'manifest.json': JSON.stringify({ format: 2, ...content([]) }), empty: {} });
  await t.rejects(readManifest(directory), { code: 'backup_invalid', message: /format is 2/ });
  writeFileSync(join(directory, 'manifest.json'), '{"format":1,');
  await t.rejects(readManifest(directory), { code: 'backup_invalid', message: /not JSON/ });
  await t.rejects(readManifest(join(directory, 'empty')), { code: 'backup_invalid', message: /ENOENT/ });
});

t.test('a manifest whose time speaks to the terminal is no backup', async (t) => {
  const created = '2026-05-01 (\u001b[31m)';
  t.notOk(Number.isNaN(Date.parse(created)), 'though it is one to Date.parse');
  const directory = t.testdir({ 'manifest.json': JSON.stringify({ format: 1, ...content([]), created }) });
  await t.rejects(readManifest(directory), { code: 'backup_invalid' });
});

t.test('a file that is shorter, another or gone is named', async (t) => {
  const directory = t.testdir({ 'audit.db': 'x' });
  const manifest = await writeManifest(directory, content(['audit.db']));
  const checked = (files = manifest.files) => verifyContents(directory, { ...manifest, files }, () => {});
  await t.rejects(checked(), { code: 'backup_damaged', message: /audit\.db has 1 octets, not 0/ });
  await t.rejects(checked([{ ...file('audit.db'), octets: 1 }]), {
    code: 'backup_damaged',
    message: /SHA-256 differs/,
  });
  await t.rejects(checked([file('b.db')]), { code: 'backup_damaged', message: /b\.db cannot be read/ });
});

t.test("only this tool's whole backups are pruned, the oldest first", async (t) => {
  const directory = t.testdir({});
  const names = [1, 2, 3].map((day) => backupName(Date.UTC(2026, 4, day, 8, 30)));
  const [first = '', second = '', third = ''] = names;
  t.equal(first, 'vitalwire-backup-20260501T083000Z');
  for (const name of [...names, 'mine', 'vitalwire-backup-20200101T000000Z', `${first}.partial`])
    mkdirSync(join(directory, name));
  for (const name of names) await writeManifest(join(directory, name), content([]));
  t.same(await partialBackups(directory), [`${first}.partial`]);
  t.same(await pruneBackups(join(directory, third), 2), [first]);
  t.same(readdirSync(directory).sort(), ['mine', 'vitalwire-backup-20200101T000000Z', second, third].sort());
  t.same(await pruneBackups(join(directory, third), 5), []);
});

t.test('the backup just made is not pruned, though the clock was ahead when others were made', async (t) => {
  const directory = t.testdir({});
  const [made = '', ...ahead] = [1, 2, 3].map((day) => backupName(Date.UTC(2026, 4, day)));
  for (const name of [made, ...ahead]) {
    mkdirSync(join(directory, name));
    await writeManifest(join(directory, name), content([]));
  }
  t.same(await pruneBackups(join(directory, made), 1), ahead.toReversed());
  t.same(readdirSync(directory), [made]);
});

t.test("another server's backups in the same directory are not pruned", async (t) => {
  const directory = t.testdir({});
  const [theirs = '', old = '', made = ''] = [1, 2, 3].map((day) => backupName(Date.UTC(2026, 4, day)));
  for (const name of [theirs, old, made]) {
    mkdirSync(join(directory, name));
    const audit_origin = (name === theirs ? 'b' : 'a').repeat(64);
    await writeManifest(join(directory, name), { ...content([]), audit_origin });
  }
  t.same(await pruneBackups(join(directory, made), 1), [old]);
  t.same(readdirSync(directory).sort(), [theirs, made]);
});
