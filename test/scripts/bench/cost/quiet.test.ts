import { spawn } from 'node:child_process';
import { once } from 'node:events';
import t from 'tap';
import { quietCpuUs } from '../../../../scripts/bench/cost/quiet.ts';
import { cpuTimeUs } from '../../../../scripts/bench/machine/cpu-time.ts';

const skip = process.platform === 'linux' ? false : 'CPU times are read from /proc';

t.test('the CPU time of a process is taken when it has come to rest', { skip }, async (t) => {
  const work = 'const end = process.cpuUsage().user + 3e5; while (process.cpuUsage().user < end);';
  const child = spawn(process.execPath, ['-e', `${work} setInterval(() => {}, 1e6)`], { stdio: 'ignore' });
  t.teardown(() => child.kill('SIGKILL'));
  await once(child, 'spawn');
  const pid = child.pid ?? 0;
  const used = await quietCpuUs(pid, 60_000, new AbortController().signal);
  t.ok(used >= 300_000, `${used} us`);
  t.ok(cpuTimeUs(pid) >= used, 'it only grows');
});
