import { spawn } from 'node:child_process';
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { lockDataDirectory } from '../../src/core/directory-lock.ts';

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
