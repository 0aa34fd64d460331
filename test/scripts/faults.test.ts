import t from 'tap';
import { runScript } from '../support/admin-scripts.ts';

t.test('a killed server has every alarm as it was, and no cursor loses or repeats', async (t) => {
  const { code, stdout, stderr } = await runScript(t.testdir(), 'faults', [
    ...['--scenario', 'alarm-kill', '--trials', '1', '--seed', '1', '--json'],
  ]);
  t.equal(code, 0, `${stdout}${stderr}`);
  const run = JSON.parse(stdout);
  t.match(run, { scenario: 'alarm-kill', seed: 1, trials: [{ trial: 1, faults: [], evidence: null }] });
  t.ok(run.trials[0].counts.events > 10, 'there were alarms to lose');
});

t.test('a scenario that is not there is told', async (t) => {
  const { code, stderr } = await runScript(t.testdir(), 'faults', ['--scenario', 'nothing']);
  t.equal(code, 2);
  t.match(stderr, /alarm-kill/);
});
