import t from 'tap';
import { detailsOf, exportName, jsonLines } from '../../../../src/console/admin/audit/audit-entries.ts';
import { text } from '../../../../src/console/text/text.ts';
import { AUDIT_ACTION_NAMES, AUDIT_ACTOR_KINDS } from '../../../../src/observe/audit-entry.ts';

const entry = (seq: number) => ({
  ...{ seq, at: 1, actor: { kind: 'server', name: '' }, action: 'denied', subject: 'feed' },
  ...{ details: { count: 3, outcome: 'no\nline' }, previous: 'p', hash: 'h' },
});

t.test('every action and every kind of actor has words', async (t) => {
  t.same(Object.keys(text.admin.audit.actions).sort(), [...AUDIT_ACTION_NAMES].sort());
  t.same(Object.keys(text.admin.audit.actors).sort(), [...AUDIT_ACTOR_KINDS].sort());
});

t.test('facts are read one by one; what is no facts is somebody’s doing', async (t) => {
  t.same(detailsOf(entry(1)), [
    { name: 'count', value: '3', at: null },
    { name: 'outcome', value: 'no\nline', at: null },
  ]);
  const until = '2026-11-23T13:24:39.082Z';
  t.same(detailsOf({ details: { until } }), [{ name: 'until', value: until, at: 1_795_440_279_082 }]);
  for (const details of ['text', null, [1], 7]) t.equal(detailsOf({ details }), null);
});

t.test('a file has an entry a line, whole, and is called by their numbers', async (t) => {
  const entries = [entry(12), entry(9)];
  t.equal(exportName(entries), 'audit-9-12.jsonl');
  t.same(
    jsonLines(entries)
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line)),
    entries,
  );
  t.equal(jsonLines([]), '');
});
