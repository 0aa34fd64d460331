import { type Command, Option } from 'commander';
import { CodedError } from '../../src/core/coded-error.ts';
import { DEFAULT_LIMITS } from '../../src/model/default-limits.ts';
import { chosenLimits } from '../../src/model/effective-limits.ts';
import { type LimitTarget, PRIORITIES, type Priority, targetKey } from '../../src/model/limit.ts';
import type { LimitChoice, LimitScope } from '../../src/model/limit-override.ts';
import { bareTiers, limitTargetOf, scopeText } from '../../src/model/limit-target.ts';
import { limitChoiceOf } from '../../src/registry/limit-checks.ts';
import { chosenIn } from '../../src/registry/limit-record.ts';
import type { Registry } from '../../src/registry/registry.ts';
import { argument, subcommand, withRegistry } from '../admin-command.ts';
import { changeAsAdmin } from './change.ts';
import { requiredScope, type ScopeOptions, subjectOfScope, withScopeOptions } from './scope-options.ts';

interface UnsetOptions extends ScopeOptions {
  readonly tier?: Priority;
  readonly reason: string;
}

/** Adds `unset`. */
export function addUnset(program: Command): void {
  const command = subcommand(
    program,
    'unset',
    'Choose the limits of a target no longer for a scope, so that the wider scope applies; or take one tier out.',
    [
      'limits -- unset spo2:low --patient p-12 --reason "weaned off oxygen"',
      'limits -- unset spo2:low --patient p-12 --tier high --reason "not for escalation"',
    ],
  ).argument('<target>', 'VITAL:low|high|falling|rising, or combination:NAME', argument(limitTargetOf));
  withScopeOptions(command)
    .addOption(
      new Option(
        '--tier <priority>',
        'only this tier: the others in force are chosen here, without it',
      ).choices(PRIORITIES),
    )
    .requiredOption('--reason <text>', 'why: kept with the change')
    .action((target: LimitTarget, options: UnsetOptions) =>
      withRegistry(options, async (context) => {
        const scope = requiredScope(context.registry, options);
        const choice =
          options.tier === undefined
            ? unchosen(context.registry, scope, target)
            : withoutTier(context.registry, scope, target, options.tier);
        await changeAsAdmin(context, scope, choice, options.reason, options);
      }),
    );
}

function unchosen(registry: Registry, scope: LimitScope, target: LimitTarget): LimitChoice {
  const choice: LimitChoice = { ...target, tiers: null };
  if (chosenIn(registry, { ...choice, scope })) return choice;
  throw new CodedError(
    'limits_not_chosen',
    `${targetKey(target)} is not chosen for ${scopeText(scope)}: a wider scope applies, see "npm run limits -- effective"`,
  );
}

/** What is in force there but for one tier, to be chosen there. */
function withoutTier(
  registry: Registry,
  scope: LimitScope,
  target: LimitTarget,
  tier: Priority,
): LimitChoice {
  const key = targetKey(target);
  const { patient, ward } = subjectOfScope(registry, scope);
  const inForce = chosenLimits(DEFAULT_LIMITS, registry.limitOverrides(), patient, ward).get(key)?.choice;
  const tiers = (inForce && bareTiers(inForce)) ?? [];
  const left = tiers.filter(({ priority }) => priority !== tier);
  if (left.length === tiers.length) {
    throw new CodedError(
      'limits_not_chosen',
      `${key} has no tier ${tier} for ${scopeText(scope)}: see "npm run limits -- effective"`,
    );
  }
  if (left.length === 0) {
    throw new CodedError(
      'limits_invalid',
      `${key} has no tier but ${tier} for ${scopeText(scope)}: to switch it off use "npm run limits -- set ${key} --off"`,
    );
  }
  return limitChoiceOf(key, left);
}
