import t from 'tap';
import { type CodedError, codeOf } from '../../src/core/coded-error.ts';
import { serveCalls, startWorker } from '../../src/core/worker-calls.ts';
import type { FixtureCalls } from './worker-fixture.ts';

const FIXTURE = new URL('./worker-fixture.ts', import.meta.url);
const start = (options: { refuse?: boolean; refuseClose?: boolean } = {}) =>
  startWorker<FixtureCalls>(FIXTURE, { refuse: false, refuseClose: false, ...options });

async function failure(work: Promise<unknown>): Promise<CodedError> {
  return await work.then(
    () => {
      throw new Error('was expected to reject');
    },
    (error) => error,
  );
}

t.test('a call answers with what the handler returned', async (t) => {
  await using worker = await start();
  t.equal(await worker.call('add', { a: 2, b: 3 }), 5);
});

t.test('calls run in order, an asynchronous one to its end before the next', async (t) => {
  await using worker = await start();
  const [, , order] = await Promise.all([
    worker.call('later', { value: 'first' }),
    worker.call('add', { a: 1, b: 1 }),
    worker.call('order', null),
  ]);
  t.same(order, ['first', 'add']);
});

t.test('a transferred buffer leaves the caller', async (t) => {
  await using worker = await start();
  const bytes = new Uint8Array(64);
  t.equal(await worker.call('size', bytes, [bytes.buffer]), 64);
  t.equal(bytes.byteLength, 0);
});

t.test('errors cross with code, message, details and cause', async (t) => {
  await using worker = await start();
  const error = await failure(worker.call('fail', { field: 'heart_rate' }));
  t.match(error, { code: 'fixture_failed', message: 'outer', details: { field: 'heart_rate' } });
  t.match(error.cause, { code: 'ERR_INNER', message: 'inner', details: { errcode: 10 } });
  t.equal(await worker.call('add', { a: 1, b: 1 }), 2, 'and the worker goes on');
});

t.test('what opening throws rejects the start', async (t) => {
  t.equal(codeOf(await failure(start({ refuse: true }))), 'fixture_refused');
});

t.test('a module that cannot be loaded rejects the start', async (t) => {
  const missing = startWorker<FixtureCalls>(new URL('./no-such-worker.ts', import.meta.url), null);
  t.equal(codeOf(await failure(missing)), 'worker_died');
});

t.test("a worker's death rejects every pending call and all later ones, naming the cause", async (t) => {
  const worker = await start();
  const pending = [worker.call('die', null), worker.call('add', { a: 1, b: 1 })];
  for (const one of await Promise.all(pending.map(failure))) {
    t.equal(one.code, 'worker_died');
    t.match(one.cause, { message: 'struck down' });
  }
  t.equal(codeOf(await failure(worker.call('add', { a: 1, b: 1 }))), 'worker_died');
  await worker[Symbol.asyncDispose]();
});

t.test('disposing lets earlier calls finish and refuses later ones', async (t) => {
  const worker = await start();
  const earlier = worker.call('later', { value: 'x' });
  const closing = worker[Symbol.asyncDispose]();
  t.equal(codeOf(await failure(worker.call('add', { a: 1, b: 1 }))), 'worker_closed');
  t.equal(await earlier, 'x');
  await closing;
  await worker[Symbol.asyncDispose]();
});

t.test('disposing rejects with what the worker threw while closing', async (t) => {
  const worker = await start({ refuseClose: true });
  t.equal(codeOf(await failure(worker[Symbol.asyncDispose]())), 'fixture_stuck');
});

t.test('an abandoned worker is waited for by nobody, though it hangs', async (t) => {
  const worker = await start();
  const hanging = failure(worker.call('hang', null));
  void worker.abandon();
  t.equal(codeOf(await hanging), 'worker_died');
  t.equal(codeOf(await failure(worker.call('add', { a: 1, b: 1 }))), 'worker_closed');
  await worker[Symbol.asyncDispose]();
});

t.test('arguments that cannot be cloned reject without harming the worker', async (t) => {
  await using worker = await start();
  const args = { a: 1, b: (() => 1) as unknown as number };
  t.equal(codeOf(await failure(worker.call('add', args))), 'worker_args');
  t.equal(await worker.call('add', { a: 1, b: 2 }), 3);
});

t.test('serveCalls refuses the main thread', async (t) => {
  t.throws(() => serveCalls<FixtureCalls, null>(() => ({}) as never), { code: 'not_a_worker' });
});
