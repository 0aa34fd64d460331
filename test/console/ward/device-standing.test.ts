import t from 'tap';
import { deviceStanding } from '../../../src/console/ward/device-standing.ts';
import { batteryWords, presenceWords } from '../../../src/console/ward/tile-words.ts';

const device = (presence: 'on' | 'silent' | 'off', since: number, battery_percent: number | null) => ({
  ...{ device: `wrist-${since}`, presence, since, battery_percent },
});

t.test('no device', async (t) => {
  t.match(deviceStanding([]), { presence: 'none', since: null, batteryPercent: null, batteryLow: false });
  t.equal(presenceWords([], 1_000), 'no device');
  t.equal(batteryWords([]), null);
});

t.test('what is off or silent is told before what is on', async (t) => {
  const both = [device('on', 1_000, 80), device('silent', 5_000, null)];
  t.match(deviceStanding(both), { presence: 'silent', since: 5_000, of: { such: 1, all: 2 } });
  t.equal(presenceWords(both, 45_000), '1 of 2 silent 40 s');
  t.match(deviceStanding([...both, device('off', 9_000, 5)]), { presence: 'off', since: 9_000 });
  t.equal(presenceWords([device('off', 1_000, null)], 121_000), 'OFF 2 min');
  t.equal(presenceWords([device('on', 1_000, null)], 121_000), 'on');
});

t.test('a battery under 20 % is marked, the emptiest of several is told', async (t) => {
  t.match(deviceStanding([device('on', 0, 20)]), { batteryLow: false });
  t.match(deviceStanding([device('on', 0, 81), device('on', 1, 19.4)]), {
    batteryPercent: 19.4,
    batteryLow: true,
  });
  t.equal(batteryWords([device('on', 0, 81), device('on', 1, 19.4)]), 'LOW 19 %');
  t.equal(batteryWords([device('on', 0, 81)]), '81 %');
});
