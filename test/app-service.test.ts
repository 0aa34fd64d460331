import t from 'tap';
import { serviceFacts } from '../src/app-service.ts';
import { JOURNAL_CONDITIONS } from '../src/journal/journal.ts';

t.test('people are told that nothing is recorded, also when the disk is only too slow', (t) => {
  const reasons = (isOverrun: boolean) =>
    JOURNAL_CONDITIONS.map(
      (condition) => serviceFacts({ condition }, { isOverrun }, { healthy: true }).reason,
    );
  const lasting = ['stalled', 'disk_full', 'unread_full', 'failed'];
  t.same(reasons(false), [null, null, ...lasting]);
  t.same(reasons(true), ['stalled', 'stalled', ...lasting]);
  t.end();
});
