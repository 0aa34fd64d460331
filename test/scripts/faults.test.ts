import t from 'tap';
import { runScript } from '../support/admin-scripts.ts';
import { runTrials } from '../support/fault-trials.ts';

t.setTimeout(120_000);

t.test('nothing that was acked is lost, doubled or changed by a kill', async (t) => {
  const { kill } = await runTrials(t, ['kill']);
  t.match(kill?.totals, { lost: 0, phantom: 0, doubled: 0, corrupt: 0, disordered: 0 });
  t.ok((kill?.trials[0]?.counts.acked ?? 0) > 1_000, 'there was something to lose');
});

t.test('the oracle reports the loss of a journal that acks before it writes', async (t) => {
  const { 'planted-bug': planted } = await runTrials(t, ['planted-bug']);
  t.ok((planted?.trials[0]?.counts.loss_reported ?? 0) > 0);
});

t.test('a killed server has every alarm as it was, and no cursor loses or repeats', async (t) => {
  const { 'alarm-kill': run } = await runTrials(t, ['alarm-kill']);
  t.ok((run?.trials[0]?.counts.events ?? 0) > 10, 'there were alarms to lose');
});

t.test('garbage from peers that are let in harms nobody', async (t) => {
  const { garbage } = await runTrials(t, ['garbage', '--frames', '2000']);
  t.ok((garbage?.trials[0]?.counts.malformed ?? 0) >= 2_000);
});

t.test('a scenario that is not there is told', async (t) => {
  const { code, stderr } = await runScript(t.testdir(), 'faults', ['--scenario', 'nothing']);
  t.equal(code, 2);
  t.match(stderr, /alarm-kill/);
});
