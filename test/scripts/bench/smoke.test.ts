import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import t from 'tap';
import { runScript } from '../../support/admin-scripts.ts';

t.setTimeout(110_000);

function missing(): string | false {
  if (availableParallelism() < 2) return 'two cores are needed';
  return spawnSync('taskset', ['--version']).status === 0 ? false : 'taskset is missing: install util-linux';
}

t.test(
  'a frame costs about what it did, and what is acked is in the journal',
  { skip: missing() },
  async (t) => {
    const { code, stdout, stderr } = await runScript(t.testdir(), 'bench', ['--smoke', '--json']);
    t.equal(code, 0, `${stdout}${stderr}`);
    const { targets, benchmarks } = JSON.parse(stdout);
    t.equal(Object.keys(targets).length, 10);
    t.match(benchmarks, [{ name: 'smoke', failed: false }]);
    const product = benchmarks[0].blocks.filter(({ subject }: { subject: string }) => subject === 'product');
    t.equal(product.length, 3);
    for (const { acked, journaled } of product)
      t.ok(acked > 0 && acked === journaled, `${acked}, ${journaled}`);
  },
);

t.test('wrong usage is told', async (t) => {
  // Without programs to be found no benchmark can begin: what is not refused fails at once, and does not run for minutes.
  const run = (...options: string[]) => runScript(t.testdir(), 'bench', options, { PATH: '' });
  t.match(await run('--only', 'cost,nothing'), { code: 2, stderr: /There is no nothing: cost, / });
  t.match(await run('--smoke', '--quick'), { code: 2, stderr: /cannot be used with/ });
  const here = import.meta.dirname;
  t.match(await run('--only', 'cost', '--profile', here), { code: 2, stderr: /is not empty: name another/ });
  t.match(await run('--only', 'cost', '--compare', `${here}/none.json`), {
    code: 1,
    stderr: /none\.json can't be read/,
  });
});
