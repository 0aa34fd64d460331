import t from 'tap';
import { runScript, runScriptProcess } from './admin-scripts.ts';

// The first of each script is not hosted: from here on they are.
const cwd = t.testdir({ '.env': 'VITALWIRE_DATA_DIR=here\n', var: {} });
t.equal((await runScript(cwd, 'patient', ['add', 'p-1', '--ward', 'north'])).code, 0);

for (const [line, env, code] of [
  ['list --json', {}, 0],
  ['list --json', { VITALWIRE_DATA_DIR: 'elsewhere' }, 0],
  ['add --help', {}, 0],
  ['add p-1 --ward north', {}, 1],
  ['add p-2', {}, 2],
  ['list --data .env', {}, 78],
] as const) {
  t.test(`a hosted command is told from one in a process of its own by nothing: ${line}`, async (t) => {
    const args = line.split(' ');
    const hosted = await runScript(cwd, 'patient', args, env);
    t.equal(hosted.code, code);
    t.same(hosted, await runScriptProcess(cwd, 'patient', args, env));
  });
}

t.test('what one command was given is not there for the next', async (t) => {
  t.match(await runScript(cwd, 'patient', ['list', '--json'], { VITALWIRE_DATA_DIR: 'empty' }), {
    stdout: '[]\n',
  });
  t.match(await runScript(cwd, 'patient', ['list', '--json']), { stdout: /"p-1"/ });
  t.match(await runScript(t.testdir(), 'patient', ['list', '--json']), { code: 0, stdout: '[]\n' });
});

t.test('commands at the same time are processes of their own', async (t) => {
  const added = ['p-3', 'p-4', 'p-5'].map((id) => runScript(cwd, 'patient', ['add', id, '--ward', 'north']));
  for (const { code, stderr } of await Promise.all(added)) t.equal(code, 0, stderr);
  const { stdout } = await runScript(cwd, 'patient', ['list', '--json']);
  t.match(
    JSON.parse(stdout)
      .map(({ id }: { id: string }) => id)
      .sort(),
    ['p-1', 'p-3', 'p-4', 'p-5'],
  );
});
