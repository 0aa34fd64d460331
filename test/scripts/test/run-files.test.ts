import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { type FileResult, runFiles } from '../../../scripts/test/run-files.ts';
import { eventually } from '../../support/eventually.ts';

const tap = "import t from 'tap';\n";

const directory = t.testdir({
  'passes.test.ts': `${tap}t.test('two', async (t) => { t.ok(true); t.equal(1, 1); });`,
  'skips.test.ts': `${tap}t.ok(true); t.test('a tool', { skip: 'not installed' }, async () => {});`,
  'fails.test.ts': `${tap}t.test('outer', async (t) => { t.ok(true); t.equal(1, 2, 'one is two'); console.error('seen'); });`,
  'crashes.test.ts': `${tap}t.test('never ends', async () => { await new Promise((resolve) => setTimeout(resolve, 50)); process.kill(process.pid, 'SIGKILL'); });`,
  'is-silent.test.ts': 'export const nothing: number = 1;',
  'breaks.test.ts': `import './there-is-none.ts';`,
  'hangs.test.ts': `${tap}import { spawn } from 'node:child_process';
    t.test('for ever', async () => {
      const child = spawn('sleep', ['600'], { stdio: 'ignore' });
      console.log('# pid ' + child.pid);
      await new Promise(() => setInterval(() => {}, 1000));
    });`,
});

interface Run {
  readonly order: readonly string[];
  readonly results: ReadonlyMap<string, FileResult>;
}

async function run(
  files: readonly string[],
  limitMs = 20_000,
  signal = new AbortController().signal,
): Promise<Run> {
  const results = new Map<string, FileResult>();
  const env = Object.entries(process.env).filter(([key]) => !/^_?TAP/.test(key));
  await runFiles(files, {
    jobs: 1,
    limitMs,
    cwd: directory,
    env: Object.fromEntries(env),
    results: join(directory, 'results'),
    signal,
    onResult: (result) => void results.set(result.file, result),
  });
  return { order: [...results.keys()], results };
}

/** The process that the hanging file has started, or 0. */
function pidStarted(): number {
  const tap = join(directory, 'results/hangs.test.ts.tap');
  return Number((existsSync(tap) && /# pid (\d+)/.exec(readFileSync(tap, 'utf8'))?.[1]) || 0);
}

/** A process that nobody waits for any more counts as ended. */
function ended(pid: number): boolean {
  try {
    return /^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return true;
  }
}

t.test('assertions of all levels are counted, what is skipped is named', async (t) => {
  const { results } = await run(['passes.test.ts', 'skips.test.ts']);
  t.match(results.get('passes.test.ts'), {
    passed: 2,
    failed: 0,
    skipped: [],
    failures: [],
    wrong: undefined,
  });
  t.match(results.get('skips.test.ts'), { failed: 0, skipped: ['a tool (not installed)'], wrong: undefined });
});

t.test(
  'a failed assertion is told with its diagnosis and what the file wrote to standard error',
  async (t) => {
    const result = (await run(['fails.test.ts'])).results.get('fails.test.ts');
    t.match(result, { passed: 1, failed: 1, wrong: undefined, stderr: 'seen\n' });
    t.match(
      result?.failures.join('\n'),
      /not ok 2 - one is two\n\s+---\n[\s\S]*-2\n\s+\+1\n[\s\S]*\.\.\.\n.*not ok 1 - outer/,
    );
  },
);

t.test('a file that crashes, says nothing or cannot be loaded has failed', async (t) => {
  const { results } = await run(['crashes.test.ts', 'is-silent.test.ts', 'breaks.test.ts']);
  t.match(results.get('crashes.test.ts'), { wrong: 'killed by SIGKILL' });
  t.match(results.get('is-silent.test.ts'), { wrong: 'it ended before all of its tests had' });
  t.match(results.get('breaks.test.ts'), { wrong: 'exit code 1', stderr: /there-is-none\.ts/ });
});

t.test('a file that takes too long ends, and what it has started with it', async (t) => {
  const { results } = await run(['hangs.test.ts'], 4_000);
  t.match(results.get('hangs.test.ts'), { wrong: 'it took longer than 4 s' });
  const [, pid] =
    /# pid (\d+)/.exec(readFileSync(join(directory, 'results/hangs.test.ts.tap'), 'utf8')) ?? [];
  t.ok(Number(pid) > 0);
  await eventually(() => ended(Number(pid)));
});

t.test('an interrupted run ends what runs and begins nothing more', async (t) => {
  const abort = new AbortController();
  rmSync(join(directory, 'results'), { recursive: true });
  const running = run(['hangs.test.ts', 'passes.test.ts'], 20_000, abort.signal);
  await eventually(() => pidStarted() > 0);
  abort.abort();
  const { order, results } = await running;
  t.strictSame(order, ['hangs.test.ts']);
  t.match(results.get('hangs.test.ts'), { wrong: 'it was interrupted' });
});

t.test('the file that took longest the last time is the first to begin', async (t) => {
  writeFileSync(join(directory, 'results/passes.test.ts.tap'), '# time=9000.5ms\n');
  writeFileSync(join(directory, 'results/skips.test.ts.tap'), '    # time=99999ms\n# time=10ms\n');
  const { order } = await run(['skips.test.ts', 'passes.test.ts']);
  t.strictSame(order, ['passes.test.ts', 'skips.test.ts']);
});
