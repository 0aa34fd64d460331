import { once } from 'node:events';
import t from 'tap';
import { openStream } from '../support/raw-device.ts';
import { runningServer } from '../support/running-server.ts';

/** The grace for the closing handshakes, the end of those who do not answer, and a slow machine. */
const BOUND_MS = 15_000;

t.test('a stop ends in time, whoever does not listen and whoever comes back at once', async (t) => {
  const server = await runningServer(t);
  const deaf = await openStream(server, await server.wearable('deaf', 'p-1'));
  deaf.send({ type: 'hello', stream: crypto.randomUUID(), time: Date.now() });
  await deaf.frame('welcome');
  deaf.socket.pause();
  const eager = server.client(await server.wearable('eager', 'p-2'), {
    backoff: { withJitter: { baseMs: 1, capMs: 5 }, later: { baseMs: 1, capMs: 5 } },
  });
  const feed = server.feed(await server.token('nurse-1'));
  await feed.subscribe({ ward: 'ward-1' });
  await once(feed, 'snapshot');
  if (!eager.stats.connected) await once(eager, 'connected');
  const codes: number[] = [];
  eager.on('closed', ({ code }) => codes.push(code));

  const began = performance.now();
  let late: NodeJS.Timeout | undefined;
  const tooLong = new Promise<'too long'>((resolve) => {
    late = setTimeout(() => resolve('too long'), BOUND_MS);
  });
  t.equal(await Promise.race([server.app[Symbol.asyncDispose]().then(() => 'stopped'), tooLong]), 'stopped');
  clearTimeout(late);
  t.ok(performance.now() - began < BOUND_MS);
  t.equal(codes[0], 1012, 'the first thing it heard is to come back');
  t.equal(eager.stats.connects, 1, 'nobody is admitted while the server stops');
  deaf.socket.terminate();
});
