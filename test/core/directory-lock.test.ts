import { spawn } from 'node:child_process';
import { chownSync, mkdirSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { lockDataDirectory } from '../../src/core/directory-lock.ts';
import { eventually } from '../support/eventually.ts';

const HOLDER = `
  const { lockDataDirectory } = await import(${JSON.stringify(new URL('../../src/core/directory-lock.ts', import.meta.url).href)});
  globalThis.lock = lockDataDirectory(process.argv[1], 0);
  console.log('locked');
  setInterval(() => {}, 1000);`;

t.test('a directory is locked until its holder is gone, however it went', async (t) => {
  const directory = t.testdir();
  const holder = spawn(process.execPath, ['--input-type=module', '-e', HOLDER, directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise((resolve) => holder.stdout.once('data', resolve));
  t.throws(() => lockDataDirectory(directory, 0), {
    code: 'data_directory_in_use',
    message: new RegExp(
      `${directory} is in use by another server \\(process ${holder.pid}\\): stop that one`,
    ),
    details: { directory, pid: holder.pid },
  });
  const gone = new Promise((resolve) => holder.once('exit', resolve));
  holder.kill('SIGKILL');
  await gone;
  using _lock = lockDataDirectory(directory);
  for (const file of ['server.lock', 'server.pid'])
    t.equal(statSync(join(directory, file)).mode & 0o777, 0o600, file);
});

t.test('a refused attempt takes nothing away from the holder, not even within its own process', async (t) => {
  const directory = t.testdir();
  const lock = lockDataDirectory(directory);
  t.throws(() => lockDataDirectory(directory, 0), { code: 'data_directory_in_use' });
  const other = spawn(process.execPath, ['--input-type=module', '-e', HOLDER, directory], {
    stdio: 'ignore',
  });
  t.not(await new Promise((resolve) => other.once('exit', resolve)), 0, 'another process is refused still');
  lock[Symbol.dispose]();
  lockDataDirectory(directory)[Symbol.dispose]();
});

t.test('who waited while the directory was replaced has the one that is there now', async (t) => {
  const directory = join(t.testdir({ data: {} }), 'data');
  const former = lockDataDirectory(directory);
  const waiter = HOLDER.replace('globalThis', "console.log('waits'); globalThis").replace(
    ', 0)',
    ', 30_000)',
  );
  const child = spawn(process.execPath, ['--input-type=module', '-e', waiter, directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.teardown(() => child.kill('SIGKILL'));
  let said = '';
  child.stdout.on('data', (text) => {
    said += text;
  });
  await eventually(() => said.includes('waits'));
  // As a restore does, under the lock. A waiter that is not that far yet finds the new one, which is as well.
  await new Promise((resolve) => setTimeout(resolve, 200));
  mkdirSync(`${directory}.staged`);
  const latter = lockDataDirectory(`${directory}.staged`);
  renameSync(directory, `${directory}.before`);
  renameSync(`${directory}.staged`, directory);
  latter[Symbol.dispose]();
  former[Symbol.dispose]();
  await eventually(() => said.includes('locked'));
  t.throws(() => lockDataDirectory(directory, 0), { code: 'data_directory_in_use' });
});

t.test(
  'what an admin makes as root belongs to whom the directory belongs to, and keeps no server out',
  { skip: process.geteuid?.() !== 0 && 'needs root' },
  async (t) => {
    const directory = t.testdir();
    chownSync(directory, 65_534, 65_534);
    lockDataDirectory(directory)[Symbol.dispose]();
    for (const file of ['server.lock', 'server.pid'])
      t.equal(statSync(join(directory, file)).uid, 65_534, file);
  },
);

t.test('who holds it is not known when it could not say so', async (t) => {
  const directory = t.testdir();
  using _lock = lockDataDirectory(directory);
  writeFileSync(join(directory, 'server.pid'), '');
  t.throws(() => lockDataDirectory(directory, 0), { message: /its process is not known/ });
});

t.test('a directory that cannot be written is named', async (t) => {
  const directory = join(t.testdir({ file: '' }), 'file');
  t.throws(() => lockDataDirectory(directory, 0), {
    code: 'data_directory_unavailable',
    message: new RegExp(directory),
  });
});
