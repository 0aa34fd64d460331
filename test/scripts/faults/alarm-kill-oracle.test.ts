import t from 'tap';
import { judge } from '../../../scripts/faults/alarm-kill/oracle.ts';
import { Witness } from '../../../scripts/faults/alarm-kill/witness.ts';
import type { AlarmEvent, LimitAlarm, LoggedAlarmEvent } from '../../../src/model/alarm.ts';
import type { ClinicianId, Cursor } from '../../../src/model/ids.ts';
import { anAlarm, cleared, P2, raised } from '../../support/alarms.ts';

const logged = (cursor: number, event: AlarmEvent): LoggedAlarmEvent => ({
  ...event,
  cursor: String(cursor) as Cursor,
});
const seen: Partial<LimitAlarm> = {
  ...{
    presence: 'ack',
    acknowledged_by: 'nurse' as ClinicianId,
    acknowledged_at: 20,
    first_acknowledged_at: 20,
  },
};
const acknowledged = anAlarm(10, seen);
const LOG = [
  logged(1, raised(10)),
  logged(2, { event: 'acknowledged', at: 20, alarm: acknowledged }),
  logged(3, raised(30, { patient: P2 })),
  // The server was killed here.
  logged(101, cleared(10, 40, { ...seen, presence: 'off' })),
];

/** A clinician who got these before and after the kill, and was shown these alarms when they came back. */
function witness(
  before: readonly LoggedAlarmEvent[],
  after: readonly LoggedAlarmEvent[],
  shown: readonly LimitAlarm[],
) {
  const one = new Witness('nurse');
  one.heard.push({ kind: 'snapshot', cursor: '0', alarms: [] });
  for (const event of before) one.heard.push({ kind: 'event', event });
  one.kill();
  one.heard.push({ kind: 'snapshot', cursor: '100', alarms: shown });
  for (const event of after) one.heard.push({ kind: 'event', event });
  return one;
}

const other = anAlarm(30, { patient: P2 });
const AT_KILL = [acknowledged, other];
const verdict = (
  log = LOG,
  one = witness(log.slice(0, 3), log.slice(3), AT_KILL),
  atKill: readonly LimitAlarm[] = AT_KILL,
) => judge({ atKill, lastAtKill: '3' as Cursor, log, witnesses: [one] });

t.test('alarms that go on as they were, and are heard once each, are no fault', async (t) => {
  const { faults, counts } = verdict();
  t.same(faults, []);
  t.match(counts, { on: 1, acknowledged: 1, unlogged: 0, events: 4 });
});

t.test('each thing that must not be is found', async (t) => {
  const finds = (what: RegExp, { faults }: ReturnType<typeof verdict>): void => {
    t.match(faults.join('\n'), what);
  };
  finds(/raised twice/, verdict([...LOG.slice(0, 3), logged(101, raised(30, { patient: P2 }))]));
  finds(/raised although .* lives/, verdict([...LOG.slice(0, 3), logged(101, raised(50, { patient: P2 }))]));
  const unseen = cleared(10, 40);
  finds(/acknowledged_by changed/, verdict([...LOG.slice(0, 3), logged(101, unseen)]));
  finds(
    /raised_at changed/,
    verdict([...LOG.slice(0, 3), logged(101, cleared(10, 40, { ...seen, raised_at: 39 }))]),
  );
  finds(/lacks P2/, verdict(LOG, witness(LOG.slice(0, 3), LOG.slice(3), [acknowledged])));
  const forgotten = { ...acknowledged, presence: 'on' as const, acknowledged_by: null };
  finds(/another state of P1/, verdict(LOG, witness(LOG.slice(0, 3), LOG.slice(3), [forgotten, other])));
  finds(/never got 3/, verdict(LOG, witness(LOG.slice(0, 2), LOG.slice(3), AT_KILL)));
  finds(/got 2 twice/, verdict(LOG, witness(LOG.slice(0, 3), [LOG[1]!, LOG[3]!], AT_KILL)));
  finds(/got 1 after 2/, verdict(LOG, witness([LOG[1]!, LOG[0]!, LOG[2]!], LOG.slice(3), AT_KILL)));
  finds(/the log has forgotten/, verdict(LOG, undefined, [...AT_KILL, anAlarm(5)]));
});

t.test('what was heard and never written is told apart, with what became of it', async (t) => {
  const lost = logged(4, raised(35, { vital: 'heart_rate' }));
  const told = (after: readonly LoggedAlarmEvent[]) => {
    const log = [...LOG, ...after];
    return verdict(log, witness([...LOG.slice(0, 3), lost], log.slice(3), AT_KILL));
  };
  t.match(told([logged(102, lost)]), { faults: [], counts: { unlogged: 1, rederived: 1, gone: 0 } });
  const anew = logged(102, raised(60, { vital: 'heart_rate' }));
  t.match(told([anew]), { faults: [], counts: { unlogged: 1, raised_anew: 1, gone: 0 } });
  t.match(told([]), { faults: [], counts: { unlogged: 1, rederived: 0, gone: 1 } });
});
