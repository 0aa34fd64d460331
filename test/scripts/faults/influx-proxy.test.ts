import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import t, { type Test } from 'tap';
import { Seeded } from '../../../scripts/attack/seeded.ts';
import { type Answer, answerPlan } from '../../../scripts/faults/influx/answer-plan.ts';
import { FaultyProxy } from '../../../scripts/faults/influx/faulty-proxy.ts';

t.test('a plan has every kind of trouble, in an order that is the seed’s', async (t) => {
  const of = (seed: number): readonly Answer[] => answerPlan(new Seeded(seed));
  for (const seed of [1, 2, 3]) {
    t.same(new Set(of(seed)), new Set([401, 403, 404, 429, 500, 503, 'reset', 'late', 'pass']));
    t.ok(of(seed).length <= 13 * 5);
  }
  t.same(of(1), of(1));
  t.not(of(1).join(), of(2).join());
});

/** A proxy in front of something that takes every write and notes it. */
async function proxyBefore(t: Test, plan: readonly Answer[]) {
  const stored: string[] = [];
  const target = createServer(async (asked, answer) => {
    let body = '';
    for await (const piece of asked) body += piece;
    stored.push(`${asked.method} ${asked.url} ${body}`);
    answer.writeHead(asked.url?.startsWith('/write') ? 204 : 200).end();
  });
  target.listen(0, '127.0.0.1');
  await once(target, 'listening');
  const url = `http://127.0.0.1:${(target.address() as AddressInfo).port}`;
  const proxy = await FaultyProxy.start({ target: url, plan, lateMs: 100, retryAfterS: 30 });
  t.teardown(async () => {
    await proxy[Symbol.asyncDispose]();
    target.closeAllConnections();
    target.close();
  });
  const write = (body: string, timeoutMs = 5_000): Promise<Response> =>
    fetch(`${proxy.url}/write?db=x`, { method: 'POST', body, signal: AbortSignal.timeout(timeoutMs) });
  return { proxy, stored, write };
}

t.test(
  'writes are spoilt one after the other, and the store hears of those alone that reach it',
  async (t) => {
    const { proxy, stored, write } = await proxyBefore(t, [401, 'reset', 'pass', 'late', 500]);
    t.equal((await write('a 1')).status, 204, 'before it begins, all is well');
    proxy.begin();
    t.equal((await write('b 1')).status, 401);
    await t.rejects(write('c 1'), 'the connection ends');
    t.equal((await write('d 1')).status, 204);
    await t.rejects(write('e 1', 50), { name: 'TimeoutError' }, 'nobody waits so long');
    const query = await fetch(`${proxy.url}/query?q=SHOW`);
    t.equal(query.status, 200, 'what is no write is passed on');
    t.equal((await write('f 1')).status, 500);
    await proxy.done;
    t.equal((await write('g 1')).status, 204, 'behind the end, all is well');
    t.equal(proxy.spoilt, 4);
    const writes = ['a 1', 'd 1', 'e 1', 'GET', 'g 1'];
    t.same(
      stored.map((one) => writes.find((body) => one.endsWith(body) || one.startsWith(body))),
      writes,
    );
  },
);

t.test('who comes back before Retry-After is caught', async (t) => {
  const { proxy, write } = await proxyBefore(t, [429]);
  proxy.begin();
  const busy = await write('a 1\nb 2');
  t.equal(busy.status, 429);
  t.equal(busy.headers.get('retry-after'), '30');
  await write('b 2\nc 3');
  t.equal(proxy.impatient, 0, 'others may come');
  await write('a 1\nb 2');
  t.equal(proxy.impatient, 1);
});
