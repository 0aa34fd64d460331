import t, { type Test } from 'tap';
import { CodedError } from '../../src/core/coded-error.ts';
import { type OpenIdKeySet, openIdKeySet } from '../../src/identity/openid-key-set.ts';
import { OPENID_KEY_POLICY, OpenIdKeys } from '../../src/identity/openid-keys.ts';
import { createLog } from '../../src/observe/log.ts';
import { manualClock } from '../support/manual-clock.ts';
import { newProviderKey, type ProviderKey } from '../support/openid-provider.ts';

const { refreshMs, maxStaleMs, timeoutMs, minIntervalMs, maxIntervalMs } = OPENID_KEY_POLICY;
const [first, second] = [newProviderKey('ES256'), newProviderKey('ES256')];
const setOf = (...keys: ProviderKey[]): OpenIdKeySet =>
  openIdKeySet({ keys: keys.map(({ jwk }) => jwk) }, ['ES256']);
const turns = async (): Promise<void> => {
  for (let i = 0; i < 20; i++) await Promise.resolve();
};

/** Keys on a clock that stands, from a provider that answers when the test lets it. */
function world(t: Test) {
  const clock = manualClock();
  const lines: string[] = [];
  const state = {
    answer: (): Promise<OpenIdKeySet> => Promise.resolve(setOf(first)),
    fetches: 0,
    aborted: 0,
  };
  const keys = new OpenIdKeys({
    clock,
    log: createLog('info', { write: (line) => void lines.push(line) }),
    fetch: (signal) => {
      state.fetches++;
      const aborted = new Promise<never>((_, reject) => {
        signal.addEventListener('abort', () => {
          state.aborted++;
          reject(signal.reason);
        });
      });
      return Promise.race([state.answer(), aborted]);
    },
  });
  t.teardown(() => keys[Symbol.dispose]());
  const down = (): Promise<never> => Promise.reject(new CodedError('provider_unreachable', 'down'));
  const hanging = (): Promise<never> => new Promise(() => {});
  const find = ({ kid }: Pick<ProviderKey, 'kid'>) => keys.find(kid, 'ES256');
  const advance = async (ms: number): Promise<void> => {
    clock.advance(ms);
    await turns();
  };
  return { clock, keys, state, lines, down, hanging, find, advance };
}

t.test('keys are fetched at the start, and anew after ten minutes, whoever asks', async (t) => {
  const { keys, state, find, advance } = world(t);
  t.match(keys.health(), { state: 'degraded', detail: /not asked yet; no keys/ });
  keys.start();
  keys.start();
  await turns();
  t.equal(state.fetches, 1);
  t.match(keys.health(), { state: 'ok', detail: '1 keys, 0 s old' });
  for (let i = 0; i < 50; i++) t.equal((await find(first)).type, 'public');
  await advance(refreshMs - 1);
  t.equal(state.fetches, 1);
  t.match(keys.figures(), { keys: 1, ageMs: refreshMs - 1, fetches: 1, failedFetches: 0 });
  state.answer = async () => setOf(second);
  await advance(1);
  t.equal(state.fetches, 2);
  await t.rejects(find(first), { code: 'token_invalid' }, 'a key that the provider withdrew');
  t.ok(await find(second));
});

t.test('an unknown kid has the keys fetched once an interval, however many ask', async (t) => {
  const { keys, state, find, advance } = world(t);
  keys.start();
  await turns();
  const flood = () =>
    Promise.allSettled(Array.from({ length: 200 }, (_, i) => find({ kid: `unknown-${i}` })));
  for (const result of await flood()) t.match(result, { reason: { code: 'token_invalid' } });
  t.equal(state.fetches, 1, 'not before the interval has passed');
  await advance(minIntervalMs);
  await flood();
  await flood();
  t.equal(state.fetches, 2);
  state.answer = async () => setOf(first, second);
  await advance(minIntervalMs - 1);
  await t.rejects(find(second), { code: 'token_invalid' });
  await advance(1);
  t.ok(await find(second), 'a key that the provider began to use');
  t.equal(state.fetches, 3);
});

t.test(
  'down at the start: refused at once as unavailable, asked ever less often, and mended by itself',
  async (t) => {
    const { keys, state, find, advance, down, lines } = world(t);
    state.answer = down;
    keys.start();
    await turns();
    await t.rejects(find(first), { code: 'identity_provider_unavailable' });
    t.match(keys.health(), { state: 'degraded', detail: 'provider_unreachable; no keys' });
    let waited = 0;
    const attempts: number[] = [];
    for (let before = state.fetches; waited < 10 * maxIntervalMs; waited += 1_000) {
      await t.rejects(find(first), { code: 'identity_provider_unavailable' });
      await advance(1_000);
      if (state.fetches > before) attempts.push(waited + 1_000);
      before = state.fetches;
    }
    const gaps = attempts.map((at, i) => at - (attempts[i - 1] ?? 0));
    t.same(gaps.slice(0, 4), [minIntervalMs, 2 * minIntervalMs, 4 * minIntervalMs, maxIntervalMs]);
    t.ok(gaps.every((gap) => gap <= maxIntervalMs));
    state.answer = async () => setOf(first);
    await advance(maxIntervalMs);
    t.ok(await find(first));
    t.match(keys.health(), { state: 'ok' });
    t.same(
      lines.map((line) => JSON.parse(line)).map(({ event, state, code }) => [event, state, code]),
      [
        ['identity_provider', 'degraded', 'provider_unreachable'],
        ['identity_provider', 'ok', undefined],
      ],
      'told once each',
    );
  },
);

t.test('down later: the keys at hand hold for a shift, and not longer', async (t) => {
  const { keys, state, find, advance, down } = world(t);
  keys.start();
  await turns();
  state.answer = down;
  await advance(refreshMs);
  t.match(keys.health(), { state: 'degraded', detail: /^provider_unreachable; 1 keys, 600 s old/ });
  t.ok(await find(first));
  await t.rejects(find(second), { code: 'identity_provider_unavailable' }, 'it may be a new one');
  await advance(maxStaleMs - refreshMs - 1);
  t.ok(await find(first));
  await advance(1);
  await t.rejects(find(first), { code: 'identity_provider_unavailable' });
  t.match(keys.figures(), { keys: 0, ageMs: 0 });
});

t.test('a provider that hangs costs one time-out, for one fetch, and no more', async (t) => {
  const { keys, state, find, advance, hanging } = world(t);
  state.answer = hanging;
  keys.start();
  const asking = Array.from({ length: 300 }, () => find(first));
  const settled = Promise.allSettled(asking);
  await turns();
  const early = await Promise.race([Promise.allSettled(asking.slice(256)), turns().then(turns)]);
  t.match(
    early,
    Array.from({ length: 44 }, () => ({ reason: { code: 'identity_provider_unavailable' } })),
    'beyond 256 at once',
  );
  t.equal(state.fetches, 1);
  await advance(timeoutMs - 1);
  t.equal(state.aborted, 0);
  await advance(1);
  t.equal(state.aborted, 1, 'the fetch is given up');
  for (const result of await settled) t.match(result, { reason: { code: 'identity_provider_unavailable' } });
  t.match(keys.health(), { detail: 'provider_timeout; no keys' });
  t.equal(state.fetches, 1);
});

t.test('a hanging refresh keeps nobody with a known key waiting', async (t) => {
  const { keys, state, find, advance, hanging } = world(t);
  keys.start();
  await turns();
  state.answer = hanging;
  await advance(refreshMs);
  t.equal(state.fetches, 2);
  t.ok(await find(first));
});

t.test('disposed, it asks no more and lets whoever waits go', async (t) => {
  const { clock, keys, state, find, advance, hanging, lines } = world(t);
  state.answer = hanging;
  keys.start();
  const waiting = find(first);
  keys[Symbol.dispose]();
  await t.rejects(waiting, { code: 'identity_provider_unavailable' });
  await advance(10 * refreshMs);
  await t.rejects(find(first), { code: 'identity_provider_unavailable' });
  t.equal(state.fetches, 1);
  t.equal(clock.pending, 0);
  t.same(lines, []);
});
