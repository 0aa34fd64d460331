import t from 'tap';
import { eventLine } from '../../../scripts/watch/event-line.ts';
import { clinicianId, grantId, patientId } from '../../../src/model/ids.ts';
import { accessFrame, accessOf } from '../../../src/protocol/feed-frames.ts';

t.test('break-glass access is one line as it begins and one as it ends, without its id', async (t) => {
  const grant = {
    id: grantId('g-1'),
    clinician: clinicianId('nurse-9'),
    patient: patientId('p-12'),
    reason: 'Called to bed 4',
    from: Date.UTC(2026, 2, 2, 8),
    until: Date.UTC(2026, 2, 2, 9),
  };
  t.equal(
    eventLine(accessFrame(grant, false)),
    '2026-03-02T08:00:00Z BREAK-GLASS nurse-9 sees p-12 until 2026-03-02T09:00:00Z: Called to bed 4',
  );
  t.equal(
    eventLine(accessFrame(grant, true)),
    '2026-03-02T09:00:00Z BREAK-GLASS ended: nurse-9 does not see p-12 any more',
  );
  t.notMatch(JSON.stringify([accessFrame(grant, true), accessOf(grant)]), 'g-1');
});
