import t from 'tap';
import { auditFaults, auditQuery, EVERYTHING } from '../../../../src/console/admin/audit/audit-query.ts';

t.test('an empty filter asks for the newest', async (t) => {
  t.same(auditFaults(EVERYTHING), {});
  t.same(
    Object.entries(auditQuery(EVERYTHING)).filter(([, value]) => value !== undefined),
    [['limit', 100]],
  );
});

t.test('what is given is asked for, times as those of the reader', async (t) => {
  const filter = {
    ...{ from: '2026-11-20T07:30', to: '2026-11-21T00:00', action: 'denied' },
    ...{ subject: ' wrist-7 ', actor: '' },
  };
  t.same(auditFaults(filter), {});
  t.same(auditQuery(filter, 17), {
    ...{ from: new Date(2026, 10, 20, 7, 30).getTime(), to: new Date(2026, 10, 21).getTime() },
    ...{ action: 'denied', subject: 'wrist-7', actor: undefined, limit: 100, after: 17 },
  });
});

t.test('what is wrong is told by its field', async (t) => {
  const at = '2026-11-20T07:30';
  t.same(Object.keys(auditFaults({ ...EVERYTHING, from: at, to: at })), ['to']);
  t.same(Object.keys(auditFaults({ ...EVERYTHING, from: 'yesterday' })), ['from']);
  t.same(Object.keys(auditFaults({ ...EVERYTHING, subject: 'x'.repeat(257) })), ['subject']);
});
