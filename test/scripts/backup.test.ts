import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { MANIFEST_FILE } from '../../scripts/backup/manifest.ts';
import { deviceId } from '../../src/model/ids.ts';
import { askToken } from '../support/raw-device.ts';
import { rest } from '../support/rest.ts';
import { runningServer } from '../support/running-server.ts';
import { onRecord, runCommand } from '../support/script-run.ts';

/** One server under load, its backup, and what becomes of it when it is put back. */

const server = await runningServer(t);
const { directory } = server;
const data = join(directory, 'var');
const env = { VITALWIRE_CERTS_DIR: join(directory, 'certs'), VITALWIRE_DATA_DIR: data };
const run = (t: Parameters<typeof runCommand>[0], code: number, line: string) =>
  runCommand(t, directory, code, line, env);

const worn = await server.wearable('wrist-1', 'p-1');
const stolen = await server.wearable('wrist-2', 'p-2');
const suspended = await server.wearable('wrist-3', 'p-3');
const client = server.client(worn);
const begin = Date.now() - 1_800_000;
// The audit trail begins with it.
await rest(server, await server.token('nurse-1'), '/v1/patients');
let sent = 0;
const send = (): void =>
  client.sendVitals([{ t: begin + 500 * sent++, heart_rate: 60 + (sent % 30), spo2: 97 }]);
for (let i = 0; i < 400; i++) send();
await client.drain({ timeoutMs: 10_000 });
await server.app.drained();
const ackedBefore = sent;
const load = setInterval(() => {
  for (let i = 0; i < 5; i++) send();
}, 5);
t.teardown(() => clearInterval(load));

// biome-ignore lint/suspicious/noExplicitAny: what the command answers is what the tests say it is
let made: { readonly json: any; readonly stderr: string };
let backup: string;
const crash = fileURLToPath(new URL('./backup-child.ts', import.meta.url));

t.test('a backup is made beside a running server, of everything, for its owner alone', async (t) => {
  writeFileSync(join(directory, 'certs', '.gitignore'), '*');
  made = await run(t, 0, 'backup out --certs --json');
  backup = join(directory, made.json.path);
  const names = made.json.files.map(({ name }: { name: string }) => name);
  for (const name of ['journal.db', 'alarms.db', 'telemetry.db', 'registry.db', 'audit.db'])
    t.ok(names.includes(name), name);
  for (const name of ['certs/server.key', 'certs/.gitignore']) t.ok(names.includes(name), name);
  t.notOk(names.some((name: string) => /ticket|server\.lock|alarm-state/.test(name)));
  t.match(made.json, { telemetry: 'included', store: 'sqlite', audit_head: /^\d+:[0-9a-f]{64}$/ });
  t.ok(made.json.journal.position > 0);
  t.match(made.stderr, /private keys/);
  t.equal(statSync(backup).mode & 0o777, 0o700);
  for (const name of names) t.equal(statSync(join(backup, name)).mode & 0o777, 0o600, name);
  t.same(readdirSync(join(directory, 'out')), [backup.split('/').at(-1)]);
});

t.test('check finds the running data directory and the backup sound, and changes neither', async (t) => {
  const before = readdirSync(backup).map((name) => [name, statSync(join(backup, name)).mtimeMs]);
  const live = await run(t, 0, 'check --json');
  t.equal(live.json.sound, true);
  const table = await run(t, 0, `check ${backup}`);
  for (const name of [MANIFEST_FILE, 'journal.db', 'alarms.db', 'telemetry.db', 'registry.db', 'audit.db'])
    t.match(table.stdout, new RegExp(`${name} +sound`));
  t.match(await run(t, 0, 'check --quick'), { stdout: /journal\.db +sound +\d+ batches/ });
  t.same(
    readdirSync(backup).map((name) => [name, statSync(join(backup, name)).mtimeMs]),
    before,
  );
});

t.test('a byte that is another one is found, named with its file and a cure, and not restored', async (t) => {
  const damaged = join(directory, 'damaged');
  cpSync(backup, damaged, { recursive: true });
  const journal = join(damaged, 'journal.db');
  const database = new DatabaseSync(journal, { readOnly: true });
  const { body } = database.prepare('SELECT body FROM batches ORDER BY position DESC LIMIT 1').get() ?? {};
  database.close();
  const octets = readFileSync(journal);
  // Pages that are free may hold it too.
  const start = Buffer.from(body as Uint8Array).subarray(0, 80);
  for (let at = octets.indexOf(start); at >= 0; at = octets.indexOf(start, at + 1)) octets[at + 70]! ^= 1;
  writeFileSync(journal, octets);
  const found = await run(t, 1, `check ${damaged} --json`);
  t.equal(found.json.sound, false);
  const of = (file: string) => found.json.files.find((one: { file: string }) => one.file === file);
  t.match(of(MANIFEST_FILE).faults, [/journal\.db is not what was written/]);
  t.match(of('journal.db'), { faults: [/batch \d+ .*checksum/], cure: /restore a backup/ });
  t.equal(of('registry.db').sound, true);
  const refused = await run(t, 1, `restore ${damaged} --data elsewhere`);
  t.match(refused.stderr, /backup_not_sound/);
  t.notOk(existsSync(join(directory, 'elsewhere')));
});

t.test('what is torn in a database itself is found without a manifest to compare with', async (t) => {
  const torn = join(directory, 'torn');
  mkdirSync(torn);
  for (const name of ['journal.db', 'alarms.db', 'telemetry.db', 'quarantine.db', 'registry.db', 'audit.db'])
    cpSync(join(backup, name), join(torn, name));
  const change = (name: string, sql: string): void => {
    const database = new DatabaseSync(join(torn, name));
    database.exec(sql);
    database.close();
  };
  change('journal.db', 'DELETE FROM batches WHERE position = (SELECT max(position) - 1 FROM batches)');
  change(
    'journal.db',
    'UPDATE readers SET position = 1000000; UPDATE streams SET seq = 1; UPDATE state SET folded = (SELECT max(position) FROM batches)',
  );
  change('alarms.db', "INSERT INTO events VALUES (99999999999999, 1, '{}', NULL)");
  change('telemetry.db', "UPDATE vitals SET heart_rate = 'many' WHERE t = (SELECT min(t) FROM vitals)");
  change('quarantine.db', 'UPDATE held SET points = 7');
  change('registry.db', "UPDATE devices SET status = 'lent' WHERE id = 'wrist-2'");
  change('registry.db', "PRAGMA foreign_keys = OFF; DELETE FROM patients WHERE id = 'p-3'");
  change('audit.db', "DROP TRIGGER audit_never_changes; UPDATE entries SET subject = 'x' WHERE seq = 1");
  const found = await run(t, 1, 'check --data torn --json');
  const faults = (file: string): string =>
    found.json.files.find((one: { file: string }) => one.file === file).faults.join('\n');
  t.match(faults('journal.db'), /batch \d+ is missing/);
  t.match(faults('journal.db'), /past the newest batch/);
  // Where marks were put down before the backup, which a busy machine comes to, there is one that is too low.
  t.match(faults('journal.db'), /device wrist-1 is marked (?:nowhere|1), and a batch holds \d+/);
  t.match(faults('alarms.db'), /later epoch/);
  t.match(faults('telemetry.db'), /1 rows of vitals hold what is no number/);
  t.match(faults('quarantine.db'), /says that it holds 7 points of 0 bytes, and holds 0 of 0/);
  t.match(faults('registry.db'), /wrist-2/);
  t.match(faults('registry.db'), /names a patients that is not there/);
  t.match(faults('audit.db'), /entry 1:/);
  t.match(faults('audit.db'), /audit_never_changes/);
});

t.test('a crash in the middle leaves nothing that looks like a backup', async (t) => {
  const child = spawn(process.execPath, [crash, data, join(directory, 'crashed')], { stdio: 'inherit' });
  const [, signal] = (await once(child, 'exit')) as [number | null, string | null];
  t.equal(signal, 'SIGKILL');
  const [left = '', ...others] = readdirSync(join(directory, 'crashed'));
  t.same(others, []);
  t.match(left, /^vitalwire-backup-\d{8}T\d{6}Z\.partial$/);
  t.match((await run(t, 1, `check crashed/${left}`)).stderr, /backup_invalid/);
  t.match((await run(t, 1, `restore crashed/${left} --data elsewhere`)).stderr, /backup_invalid/);
  const next = await run(t, 0, 'backup crashed --keep 1 --json');
  t.same(next.json.unfinished, [left]);
  t.match(next.stderr, /was not finished/);
  t.equal(readdirSync(join(directory, 'crashed')).length, 2, 'it is not known to be dead');
});

t.test('a backup refuses what would not be one', async (t) => {
  t.match((await run(t, 1, 'backup var/backups')).stderr, /backup_inside_data/);
  t.match((await run(t, 78, 'backup out2 --data nowhere')).stderr, /data_directory_missing/);
  t.notOk(existsSync(join(directory, 'out2')));
  await run(t, 2, 'backup out2 --keep 0');
  mkdirSync(join(directory, 'off-record'));
  for (const name of ['journal.db', 'alarms.db', 'registry.db'])
    cpSync(join(backup, name), join(directory, 'off-record', name));
  writeFileSync(join(directory, 'off-record', 'audit.db'), 'no database');
  t.match((await run(t, 78, 'backup out2 --data off-record')).stderr, /database_unavailable/);
  t.notOk(existsSync(join(directory, 'out2')), 'what cannot be put on record is not made');
});

t.test('a restore refuses a directory that a server holds, and one that is not empty', async (t) => {
  t.match((await run(t, 78, `restore ${backup} --replace`)).stderr, /data_directory_in_use/);
  mkdirSync(join(directory, 'full'));
  writeFileSync(join(directory, 'full', 'note'), 'mine');
  t.match((await run(t, 1, `restore ${backup} --data full`)).stderr, /not_empty/);
  t.same(readdirSync(join(directory, 'full')), ['note']);
});

t.test(
  'put back, everything acked before the backup began is there, and who was turned away since stays away',
  async (t) => {
    clearInterval(load);
    await client.drain({ timeoutMs: 10_000 });
    await server.registry.revokeDevice(deviceId('wrist-2'), 'keyCompromise', Date.now());
    await server.registry.setDeviceStatus(deviceId('wrist-3'), 'suspended');
    const epochOf = (path: string): number => {
      const database = new DatabaseSync(join(path, 'alarms.db'), { readOnly: true });
      const epoch = Number(database.prepare('SELECT epoch FROM state').get()?.epoch);
      database.close();
      return epoch;
    };
    const was = made.json.alarm_epoch;
    let restored = '';
    await server.restart(() => {
      const script = fileURLToPath(new URL('../../scripts/restore.ts', import.meta.url));
      const options = { cwd: directory, env: { ...process.env, ...env }, encoding: 'utf8' } as const;
      restored = execFileSync(process.execPath, [script, backup, '--replace', '--json'], options);
    });
    const said = JSON.parse(restored);
    t.ok(epochOf(data) > was + 1_000, 'no cursor is given out twice');
    t.match(said.withdrawn, [
      { what: 'certificate revoked', subject: /^wrist-2/ },
      { what: 'device revoked', subject: 'wrist-2' },
      { what: 'device suspended', subject: 'wrist-3' },
    ]);
    t.ok(existsSync(join(said.aside, 'journal.db')), 'what was there before is kept');
    t.ok(said.former.journalPosition > made.json.journal.position);
    t.equal(statSync(data).mode & 0o777, 0o700);
    await server.app.drained();
    const of = (device: string) =>
      server.app.store.countSamples(deviceId(device), begin, begin + 500 * ackedBefore);
    t.equal(await of('wrist-1'), ackedBefore);
    for (const { cert, key, ca } of [stolen, suspended])
      t.equal((await askToken(server, { cert, key, ca })).status, 403);
    const reached = client.stats.ackedFrames;
    send();
    await client.drain({ timeoutMs: 10_000 });
    t.ok(client.stats.ackedFrames > reached, 'a device begins a new stream by itself');
    const check = await run(t, 0, 'check --json');
    t.equal(check.json.sound, true);
    t.match(onRecord(t, directory).slice(-20).join(), /data_restored backup of/);
  },
);
