import t from 'tap';
import type { FeedFrameOf } from '../../src/client/feed-events.ts';
import { type Clock, systemClock } from '../../src/core/clock.ts';
import { patientId, wardId } from '../../src/model/ids.ts';
import { runScript } from '../support/admin-scripts.ts';
import { eventually } from '../support/eventually.ts';
import { rest } from '../support/rest.ts';
import { runningServer } from '../support/running-server.ts';

/** Ten times slower, so that the one value stays current for as long as the test may take. */
function slowClock(): Clock {
  const system = systemClock();
  const begin = system.now();
  return { ...system, now: () => begin + Math.floor((system.now() - begin) / 10) };
}

t.test('limits changed by REST or by command are obeyed within a second, with no new value', async (t) => {
  const clock = slowClock();
  const server = await runningServer(t, { clock });
  await server.registry.addPatient({
    ...{ id: patientId('p-1'), ward: wardId('ward-1'), label: 'Bed 1', news2: 'off' },
  });
  const device = server.client(await server.wearable('watch-1', 'p-1'));
  const charge = await server.token('charge-1', { role: 'charge' });
  const feed = server.feed(charge);
  const alarms: FeedFrameOf<'alarm'>[] = [];
  feed.on('alarm', (frame) => {
    if (frame.alarm.kind === 'physiological') alarms.push(frame);
  });
  await feed.subscribe({});
  const told = () => alarms.map(({ event }) => event);
  const path = '/v1/limits/patient/p-1/spo2:low';
  const choose = (threshold: number) => ({
    tiers: [{ priority: 'medium', threshold, onset_delay_ms: 0, clear_margin: 1, clear_delay_ms: 5_000 }],
    reason: 'COPD',
  });
  const within = async (events: number, since: number): Promise<void> => {
    await eventually(() => alarms.length >= events);
    const tookMs = Math.round(performance.now() - since);
    t.ok(tookMs < 1_000, `obeyed after ${tookMs} ms`);
  };

  t.match(await rest(server, charge, path, { method: 'PUT', body: choose(90) }), { status: 200 });
  device.sendVitals([{ t: clock.now(), spo2: 88 }]);
  await eventually(() => alarms.length === 1);
  t.match(alarms[0], { event: 'raised', alarm: { vital: 'spo2', value: 88, threshold: 90 } });

  const asked = performance.now();
  t.match(await rest(server, charge, path, { method: 'PUT', body: choose(85) }), { status: 200 });
  await within(2, asked);
  t.same(told(), ['raised', 'cleared']);
  t.equal(alarms[1]?.alarm.id, alarms[0]?.alarm.id);

  const command = async (...args: string[]): Promise<number> => {
    const { code, stderr } = await runScript(server.directory, 'limits', args);
    t.equal(code, 0, stderr);
    return performance.now();
  };
  const on = ['--patient', 'p-1', '--reason', 'Weaned off'];
  await within(3, await command('set', 'spo2:low', '--medium', '89', '--medium-delay', '0', ...on));
  t.match(alarms[2], { event: 'raised', alarm: { threshold: 89, value: 88 } });
  t.not(alarms[2]?.alarm.id, alarms[0]?.alarm.id, 'another alarm than the one that is over');
  await within(4, await command('set', 'spo2:low', '--off', ...on));
  t.same(told(), ['raised', 'cleared', 'raised', 'cleared']);
  await within(
    5,
    await command(
      'set',
      'spo2:low',
      '--ward',
      'ward-1',
      '--medium',
      '90',
      '--medium-delay',
      '0',
      '--reason',
      'policy',
    ).then(() => command('unset', 'spo2:low', ...on)),
  );
  t.match(alarms[4], { event: 'raised', alarm: { threshold: 90 } }, 'the ward applies again');
});
