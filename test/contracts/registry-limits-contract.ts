import type { Test } from 'tap';
import { patientId, wardId } from '../../src/model/ids.ts';
import type { Direction, Limit } from '../../src/model/limit.ts';
import { MAX_COMBINATIONS } from '../../src/model/limit-order.ts';
import type { LimitChoice, LimitOverride, LimitScope } from '../../src/model/limit-override.ts';
import { limitChoiceOf } from '../../src/registry/limit-checks.ts';
import type { Registry } from '../../src/registry/registry.ts';
import { type RegistryWorld, withPeople } from './registry-contract.ts';

const W1 = wardId('W1');
const P1 = patientId('P1');
const EVERYONE: LimitScope = { kind: 'default' };
const WARD: LimitScope = { kind: 'ward', ward: W1 };
const PATIENT: LimitScope = { kind: 'patient', patient: P1 };

const spo2 = (direction: Direction, threshold: number, clear_margin = 1): LimitChoice => {
  const tier: Limit = {
    ...{ vital: 'spo2', direction, priority: 'medium', threshold, clear_margin },
    ...{ onset_delay_ms: 10_000, clear_delay_ms: 5_000 },
  };
  return { kind: 'value', vital: 'spo2', direction, tiers: [tier] };
};

const none = (direction: Direction): LimitChoice => ({ ...spo2(direction, 50), tiers: null }) as LimitChoice;

const shock = (name = 'shock'): LimitChoice =>
  limitChoiceOf(`combination:${name}`, [
    {
      priority: 'high',
      onset_delay_ms: 0,
      clear_delay_ms: 0,
      conditions: [
        { vital: 'pulse_rate', direction: 'high', threshold: 110, clear_margin: 5 },
        { vital: 'systolic_bp', direction: 'low', threshold: 100, clear_margin: 5 },
      ],
    },
  ]);

const put = (registry: Registry, scope: LimitScope, choice: LimitChoice, reason = 'ward policy') => {
  const entry: LimitOverride = { ...choice, scope, changed_by: 'carol', changed_at: 5, reason };
  return registry.putLimits(entry);
};

/** What every Registry adapter refuses of limits. `world` as of `registryContract`. */
export function registryLimitsContract(t: Test, world: (t: Test) => Promise<RegistryWorld>): void {
  const peopled = async (t: Test): Promise<Registry> => {
    const registry = await (await world(t)).open();
    await withPeople(registry);
    return registry;
  };
  const refused = (t: Test, work: Promise<unknown>, message: RegExp) =>
    t.rejects(work, { code: 'limits_invalid', message });

  t.test('all three kinds are kept, in every scope, with who, when and why', async (t) => {
    await using registry = await peopled(t);
    const falling = limitChoiceOf('spo2:falling', [
      {
        ...{ priority: 'medium', change: 4, window_ms: 60_000 },
        ...{ onset_delay_ms: 0, clear_margin: 1, clear_delay_ms: 0 },
      },
    ]);
    await put(registry, EVERYONE, shock());
    await put(registry, WARD, falling);
    await put(registry, PATIENT, spo2('low', 88), '  COPD ');
    const who = { changed_by: 'carol', changed_at: 5 };
    t.same(registry.limitOverrides(), [
      { ...shock(), scope: EVERYONE, ...who, reason: 'ward policy' },
      { ...falling, scope: WARD, ...who, reason: 'ward policy' },
      { ...spo2('low', 88), scope: PATIENT, ...who, reason: 'COPD' },
    ]);
  });

  t.test('a choice that breaks a rule is refused and changes nothing', async (t) => {
    await using registry = await peopled(t);
    await refused(
      t,
      put(registry, PATIENT, spo2('low', 101)),
      /^patient P1, spo2:low: medium.threshold 101 /,
    );
    await t.rejects(put(registry, PATIENT, spo2('low', 88), 'no'), { code: 'invalid_entry' });
    await t.rejects(put(registry, { kind: 'patient', patient: patientId('P9') }, spo2('low', 88)), {
      code: 'unknown_patient',
    });
    t.same(registry.limitOverrides(), []);
  });

  t.test('low stays below high in the scope itself and for whoever inherits one of them', async (t) => {
    await using registry = await peopled(t);
    await put(registry, PATIENT, spo2('high', 95));
    await refused(t, put(registry, PATIENT, spo2('low', 95)), /is not below 95, where spo2:high begins:/);
    await refused(t, put(registry, WARD, spo2('low', 96)), /is not below 95, .* begins for patient P1:/);
    await refused(t, put(registry, EVERYONE, spo2('low', 96)), /begins for patient P1:/);
    await refused(
      t,
      put(registry, WARD, spo2('low', 90, 5)),
      /clear_margin 5 reaches over .* for patient P1:/,
    );
    await put(registry, WARD, spo2('low', 91));
    await put(registry, EVERYONE, spo2('low', 96)).then(
      () => t.pass('the ward has its own low, and so has the patient through it'),
      (error: unknown) => t.error(error),
    );
    await refused(t, put(registry, WARD, none('low')), /tiers unset lets 96 apply.* for patient P1:/);
    await put(registry, PATIENT, none('high'));
    await put(registry, WARD, none('low'));
    t.same(
      registry.limitOverrides().map(({ tiers }) => tiers?.length ?? null),
      [null, null, 1],
    );
  });

  t.test('one more combination than there may be is refused; one that is there may change', async (t) => {
    await using registry = await peopled(t);
    for (let i = 0; i < MAX_COMBINATIONS; i++) await put(registry, i % 2 ? WARD : EVERYONE, shock(`c${i}`));
    await refused(t, put(registry, PATIENT, shock('one_more')), /name one_more is one more than the 50/);
    await put(registry, PATIENT, shock('c3'));
    await put(registry, EVERYONE, { ...shock('c0'), tiers: null } as LimitChoice);
    await put(registry, PATIENT, shock('one_more'));
  });

  t.test('two processes cannot pass each other by', async (t) => {
    const shared = await world(t);
    await using here = await shared.open();
    await using there = await shared.open();
    await withPeople(here);
    const outcomes = await Promise.allSettled([
      put(here, PATIENT, spo2('high', 92)),
      put(there, PATIENT, spo2('low', 94)),
    ]);
    t.same(
      outcomes.map(({ status }) => status),
      ['fulfilled', 'rejected'],
    );
  });
}
