import t from 'tap';
import { logConditions, overrunLog } from '../../src/app-journal.ts';
import { JOURNAL_CONDITIONS } from '../../src/journal/journal.ts';
import { journalHealth } from '../../src/journal/journal-health.ts';
import { observeJournal } from '../../src/journal/journal-metrics.ts';
import type { Log } from '../../src/observe/log.ts';
import { createMetrics } from '../../src/observe/metrics.ts';
import { controlledJournal } from '../support/controlled-journal.ts';

t.test(
  'each condition is told in words of its own, and only a failed journal is not fit for traffic',
  async (t) => {
    const details = new Set<string>();
    for (const condition of JOURNAL_CONDITIONS) {
      const journal = controlledJournal();
      journal.become(condition);
      const { state, detail } = journalHealth(journal);
      details.add(detail);
      t.equal(state, condition === 'ok' || condition === 'failed' ? condition : 'degraded', condition);
    }
    const { state, detail } = journalHealth(controlledJournal(), true);
    t.equal(state, 'degraded', 'also while it is ok, and frames come faster than the disk takes them');
    t.equal(details.add(detail).size, JOURNAL_CONDITIONS.length + 1);
  },
);

t.test('the metric is 1 for the condition the journal is in and 0 for the others', async (t) => {
  const journal = controlledJournal();
  const metrics = createMetrics();
  observeJournal(metrics, journal);
  journal.become('disk_full');
  const { body } = await metrics.exposition();
  const values = [...body.matchAll(/^vitalwire_journal_condition\{condition="(\w+)"\} (\d)$/gm)];
  t.same(
    values.map(([, condition, value]) => [condition, Number(value)]),
    JOURNAL_CONDITIONS.map((condition) => [condition, condition === 'disk_full' ? 1 : 0]),
  );
});

t.test('every change is logged, back-pressure for debugging only', async (t) => {
  const lines: string[] = [];
  const level = (name: string) => (fields: { event: string; condition: string }) =>
    lines.push(`${name} ${fields.event} ${fields.condition}`);
  const log = {
    ...{ debug: level('debug'), info: level('info'), warn: level('warn'), error: level('error') },
  } as unknown as Log;
  const journal = controlledJournal();
  logConditions(journal, log);
  for (const condition of ['behind', 'ok', 'stalled', 'disk_full', 'behind', 'ok', 'failed'] as const)
    journal.become(condition);
  t.same(lines, [
    'debug journal_condition behind',
    'debug journal_condition ok',
    'warn journal_condition stalled',
    'warn journal_condition disk_full',
    'info journal_condition behind',
    'info journal_condition ok',
    'error journal_condition failed',
  ]);
  lines.length = 0;
  const tell = overrunLog(log);
  tell(true);
  tell(false);
  t.same(lines, ['warn journal_overrun undefined', 'info journal_overrun undefined']);
});
