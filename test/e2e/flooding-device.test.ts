import { randomUUID } from 'node:crypto';
import t from 'tap';
import { eventually } from '../support/eventually.ts';
import { goodDevice } from '../support/good-device.ts';
import { openStream } from '../support/raw-device.ts';
import { runningServer } from '../support/running-server.ts';

const MIB = 1024 * 1024;
const FRAMES = 160;

t.test('who sends as fast as it can is slowed, while others stream on, and loses nothing', async (t) => {
  const server = await runningServer(t, { environment: { VITALWIRE_HEARTBEAT_S: '1' } });
  const good = await goodDevice(server);
  const open = await openStream(server, await server.wearable('watch-1', 'p-1'));
  open.send({ type: 'hello', stream: randomUUID(), time: Date.now(), ack_interval_ms: 0 });
  await open.frame('welcome');
  const acked = (): number => Number(open.frames.findLast(({ type }) => type === 'ack')?.seq ?? 0);
  const padding = 'x'.repeat(MIB / 8);
  const began = performance.now();
  for (let seq = 1; seq <= FRAMES; seq++) open.send({ type: 'status', seq, battery_percent: 50, padding });
  await eventually(() => acked() >= 100);
  let whileSlowed = 0;
  while (acked() < FRAMES) {
    await good.goesOn(t);
    whileSlowed++;
  }
  // 16 of 20 MiB at once, 2 MiB/s for the rest.
  t.ok(performance.now() - began > 1_800, `all acked after ${performance.now() - began} ms`);
  t.ok(whileSlowed >= 3, `a good device was acked ${whileSlowed} times meanwhile`);
  const unexpected = open.frames.filter(({ type }) => type !== 'welcome' && type !== 'ack');
  t.same(unexpected, [], 'nothing was asked for again');
  t.equal(open.socket.readyState, open.socket.OPEN, 'nor was it taken for lost');
  open.socket.close();
});
