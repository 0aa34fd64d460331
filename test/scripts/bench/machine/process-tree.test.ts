import { spawn } from 'node:child_process';
import { once } from 'node:events';
import t from 'tap';
import { descendantsOf } from '../../../../scripts/bench/machine/process-tree.ts';

t.test('children and grandchildren are found, and nobody else', async (t) => {
  const shell = spawn('bash', ['-c', 'sleep 30 & echo $!; wait'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(shell.stdout, 'data')) as [Buffer];
  const sleeper = Number(line.toString());
  const found = descendantsOf(process.pid);
  t.ok(found.includes(shell.pid!), 'the shell');
  t.ok(found.includes(sleeper), 'what it started');
  t.notOk(found.includes(process.pid));
  t.same(descendantsOf(sleeper), []);
  process.kill(sleeper);
  await once(shell, 'exit');
  t.notOk(descendantsOf(process.pid).includes(sleeper));
});
