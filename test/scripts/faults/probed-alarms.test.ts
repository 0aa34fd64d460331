import t from 'tap';
import { type AlarmFrame, alarmsOf } from '../../../scripts/faults/fleet/probed-alarms.ts';
import { anAlarm } from '../../support/alarms.ts';

let cursor = 0;
const step = (event: AlarmFrame['event'], onset: number, t: number, over = false): AlarmFrame => ({
  ...{ cursor: String(++cursor), event, t, at: 0 },
  alarm: { ...anAlarm(onset), presence: over ? 'off' : 'on' },
});
const whole = (onset: number): readonly AlarmFrame[] => [
  step('raised', onset, onset),
  step('latched', onset, onset + 1),
  step('acknowledged', onset, onset + 2, true),
];
const ALL = [...whole(10), ...whole(20)];
const faults = (frames: readonly AlarmFrame[], restarted = false) =>
  alarmsOf([10, 20], frames, 'the log', restarted).join('\n');

t.test('alarms of every breach, once each and over, are no fault', async (t) => {
  t.equal(faults(ALL), '');
});

t.test('each thing that must not be is found', async (t) => {
  t.match(faults(whole(10)), /the breach at 20 raised an alarm 0 times/);
  t.match(faults([...ALL, step('raised', 20, 20, true)]), /the breach at 20 raised an alarm 2 times/);
  t.match(faults(ALL.slice(0, -1)), /is not over/);
  t.match(faults([...ALL, ...whole(30)]), /is of no breach/);
  t.match(faults([...ALL, ALL[0]!]), /is there twice/);
});

t.test('only a restart lets an alarm come back that had latched', async (t) => {
  const merged = [
    ...whole(10).slice(0, 2),
    step('recurred', 10, 20),
    step('latched', 10, 21),
    step('acknowledged', 10, 22, true),
  ];
  t.equal(faults(merged, true), '');
  t.match(faults(merged), /the breach at 20 raised an alarm 0 times/);
});
