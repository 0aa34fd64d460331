import { join } from 'node:path';
import t, { type Test } from 'tap';
import { Backtest } from '../../src/alarms/backtest.ts';
import { type BacktestRequest, backtestPlan } from '../../src/feed/backtest-plan.ts';
import { Backtests, type BacktestsOptions } from '../../src/feed/backtests.ts';
import { DEFAULT_EPISODES } from '../../src/model/backtest.ts';
import { deviceId, patientId, wardId } from '../../src/model/ids.ts';
import type { LimitChoice } from '../../src/model/limit-override.ts';
import type { Patient } from '../../src/model/people.ts';
import type { Sample } from '../../src/model/sample.ts';
import { limitChoiceOf } from '../../src/registry/limit-checks.ts';
import type { Registry } from '../../src/registry/registry.ts';
import { openSqliteRegistry } from '../../src/registry/registry-sqlite.ts';
import { sqliteStore } from '../../src/store/store-sqlite.ts';
import type { TelemetryStore } from '../../src/store/telemetry-store.ts';

const T0 = Date.UTC(2026, 2, 14, 9, 0, 0);
const HOUR = 3_600_000;
const PATIENT: Patient = { id: patientId('p-1'), ward: wardId('north'), label: 'Bed 1', news2: 'scale_1' };
const WATCH = deviceId('watch-1');

/** A day's worth of the clock, in minutes: every third hour a quarter of an hour of SpO2 at 84. */
function history(hours: number): Sample[] {
  return Array.from({ length: hours * 60 }, (_, i) => ({
    t: T0 + i * 60_000,
    spo2: i % 180 < 15 ? 84 : 97,
    heart_rate: 60 + (i % 40),
  }));
}

interface World {
  readonly registry: Registry;
  readonly store: TelemetryStore;
  backtests(options?: Partial<BacktestsOptions>): Backtests;
}

async function world(t: Test, samples: readonly Sample[]): Promise<World> {
  const directory = t.testdir();
  const registry = await openSqliteRegistry({
    path: join(directory, 'registry.db'),
    onError: (error) => {
      throw error;
    },
  });
  const store = sqliteStore({ path: join(directory, 'telemetry.db') });
  t.teardown(async () => {
    await store[Symbol.asyncDispose]();
    await registry[Symbol.asyncDispose]();
  });
  await registry.addPatient(PATIENT);
  await registry.addDevice({
    id: WATCH,
    status: 'active',
    description: 'a watch',
    interval_ms: 60_000,
    created: 0,
    late_renewal_until: null,
  });
  await registry.assign(WATCH, PATIENT.id, T0 - HOUR);
  await store.write(
    samples.map(({ t, quality = null, ...values }) => ({
      measurement: 'vitals',
      patient: PATIENT.id,
      device: WATCH,
      ...{ t, values, quality, received: null },
    })),
  );
  return { registry, store, backtests: (options) => new Backtests({ registry, store, ...options }) };
}

const NO_DELAY = { onset_delay_ms: 0, clear_delay_ms: 0, clear_margin: 1 };
const at85: LimitChoice = limitChoiceOf('spo2:low', [{ priority: 'high', threshold: 85, ...NO_DELAY }]);

const asked = (more: Partial<BacktestRequest> = {}): BacktestRequest => ({
  ...{ patient: PATIENT, limits: [at85], from: T0, to: T0 + 24 * HOUR, episodes: DEFAULT_EPISODES },
  ...more,
});

t.test('what the worker makes of many stretches is what the engine makes of the whole', async (t) => {
  const { registry, store, backtests } = await world(t, history(20));
  await using under = backtests();
  const report = await under.run(asked());
  const { from, to } = asked();
  const whole = new Backtest(backtestPlan(registry, asked()));
  whole.take(await store.samples({ subject: { patient: PATIENT.id }, from, to, limit: 100_000 }));
  t.strictSame(report, whole.report());
  t.match(report, {
    moments: 1_200,
    today: { raised: 7, by_priority: { medium: 7, high: 0 } },
    proposed: { raised: 7, latched: 7, by_priority: { medium: 0, high: 7 } },
  });
  t.strictSame(await under.run(asked()), report, 'and again');
  const short = await under.run(asked({ from: T0 + HOUR, to: T0 + 2 * HOUR }));
  t.equal(short.moments, 60, 'half-open');
});

t.test('proposed limits are as if set for the patient, on top of what is in force', async (t) => {
  const { registry, backtests } = await world(t, history(3));
  await using under = backtests();
  const off = limitChoiceOf('spo2:low', []);
  await registry.putLimits({
    ...off,
    scope: { kind: 'patient', patient: PATIENT.id },
    ...{ changed_by: 'charge-1', changed_at: T0, reason: 'a test' },
  });
  const counts = async (...limits: LimitChoice[]) => {
    const { today, proposed } = await under.run(asked({ limits }));
    return [today.raised, proposed.raised];
  };
  t.strictSame(await counts(), [0, 0], 'the same, and switched off');
  t.strictSame(await counts(at85), [0, 1]);
  t.strictSame(await counts(limitChoiceOf('spo2:low', null)), [0, 1], 'unset: the built-in ones apply');

  const heart = (direction: 'low' | 'high', threshold: number) =>
    limitChoiceOf(`heart_rate:${direction}`, [{ priority: 'medium', threshold, ...NO_DELAY }]);
  await t.rejects(under.run(asked({ limits: [heart('low', 130)] })), { code: 'limits_invalid' });
  t.ok(await counts(heart('low', 130), heart('high', 160)), 'both at once are in order');
  await t.rejects(under.run(asked({ limits: [at85, at85] })), { code: 'limits_invalid', message: /twice/ });
});

t.test('a device that was taken off holds no alarm any more', async (t) => {
  const low = Array.from({ length: 30 }, (_, i) => ({ t: T0 + i * 60_000, spo2: 84 }));
  const { registry, backtests } = await world(t, low);
  await using under = backtests();
  t.match(await under.run(asked()), { today: { raised: 1, cleared: 0 } });
  await registry.assign(WATCH, null, T0 + 2 * HOUR);
  t.match(await under.run(asked()), { today: { raised: 1, cleared: 1, longest_s: 7_200 - 60 } });
});

t.test('four wait while one runs; another is told to come back, and its place is free again', async (t) => {
  const { store, backtests } = await world(t, history(1));
  const gate = Promise.withResolvers<void>();
  const running: string[] = [];
  await using under = backtests({
    store: {
      samples: async (query) => {
        running.push('read');
        await gate.promise;
        return store.samples(query);
      },
    },
  });
  const hour = { to: T0 + HOUR };
  const taken = Array.from({ length: 5 }, () => under.run(asked(hour)));
  await t.rejects(under.run(asked(hour)), { code: 'backtest_busy', message: /4 .* wait/ });
  await new Promise((resolve) => setImmediate(resolve));
  t.ok(running.length <= 1, 'one at a time');
  gate.resolve();
  const reports = await Promise.all(taken);
  t.equal(reports.length, 5);
  t.strictSame(new Set(reports.map(({ moments }) => moments)), new Set([60]));
  t.equal((await under.run(asked(hour))).moments, 60);
});

t.test('more than a week, or more moments than may be, is refused with the cure', async (t) => {
  const { backtests } = await world(t, history(8));
  await using under = backtests({ maxMoments: 400 });
  await t.rejects(under.run(asked({ to: T0 + 7 * 24 * HOUR + 1 })), {
    code: 'backtest_too_long',
    message: /7 days: ask for a shorter range/,
  });
  await t.rejects(under.run(asked()), { code: 'backtest_too_long', message: /400 moments.*shorter range/ });
  t.equal((await under.run(asked({ to: T0 + 400 * 60_000 }))).moments, 400, 'as many as may be');
});

t.test('a failure, a caller who left, or a stop ends one back-test and tells its caller', async (t) => {
  const { store, backtests } = await world(t, history(8));
  let failing = true;
  await using under = backtests({
    store: {
      samples: (query) =>
        failing ? Promise.reject(new Error('the store cannot be read')) : store.samples(query),
    },
  });
  await t.rejects(under.run(asked()), { message: 'the store cannot be read' });
  failing = false;
  const gone = new AbortController();
  gone.abort();
  await t.rejects(under.run(asked(), gone.signal), { code: 'backtest_abandoned' });
  t.equal((await under.run(asked())).moments, 480, 'the next one is answered');

  const stopped = under.run(asked());
  const refused = t.rejects(stopped, { code: 'overloaded' });
  await under[Symbol.asyncDispose]();
  await refused;
  await t.rejects(under.run(asked()), { code: 'overloaded' });
});
