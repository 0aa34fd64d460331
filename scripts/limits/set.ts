import type { Command } from 'commander';
import { CodedError } from '../../src/core/coded-error.ts';
import { type LimitTarget, targetKey } from '../../src/model/limit.ts';
import { limitTargetOf } from '../../src/model/limit-target.ts';
import { limitChoiceOf } from '../../src/registry/limit-checks.ts';
import { argument, subcommand, withRegistry } from '../admin-command.ts';
import { changeAsAdmin } from './change.ts';
import { readJsonFile } from './limit-file.ts';
import { requiredScope, type ScopeOptions, withScopeOptions } from './scope-options.ts';
import { givenTierOptions, type TierOptions, tiersOfOptions, withTierOptions } from './tier-options.ts';

interface SetOptions extends ScopeOptions, TierOptions {
  readonly off?: true;
  readonly file?: string;
  readonly reason?: string;
}

/** Adds `set`. */
export function addSet(program: Command): void {
  const command = subcommand(
    program,
    'set',
    'Choose the limits of one target for one scope: all its tiers.',
    [
      'limits -- set spo2:low --patient p-12 --medium 88 --medium-delay 15 --high 80 --high-delay 0 --reason "COPD"',
      'limits -- set heart_rate:high --ward north --medium 130 --high 150 --margin 3 --reason "ward policy"',
      'limits -- set glucose:high --patient p-12 --off --reason "no insulin, checked daily"',
      'limits -- set spo2:falling --default --window 60 --medium 4 --reason "desaturation"',
      'limits -- set combination:shock --ward north --when "pulse_rate>110,systolic_bp<100" --priority high --reason "sepsis"',
      'limits -- set combination:shock --ward north --file shock.json --reason "two tiers"',
    ],
  ).argument('<target>', 'VITAL:low|high|falling|rising, or combination:NAME', argument(limitTargetOf));
  withTierOptions(withScopeOptions(command))
    .option('--off', 'switch the target off for this scope, whatever wider ones choose')
    .option('--file <file>', 'the tiers as JSON, as REST has them: {"tiers": [...], "reason": "..."}')
    .option('--reason <text>', 'why: shown with the limit, and kept')
    .action((target: LimitTarget, options: SetOptions) =>
      withRegistry(options, async (context) => {
        const scope = requiredScope(context.registry, options);
        const { tiers, reason } = await asked(target, options);
        if (reason === undefined) throw new CodedError('options_invalid', '--reason is missing: say why');
        const choice = limitChoiceOf(targetKey(target), tiers);
        await changeAsAdmin(context, scope, choice, reason, options);
      }),
    );
}

/** What is to be chosen: by options, by a file, or nothing at all. */
async function asked(
  target: LimitTarget,
  options: SetOptions,
): Promise<{ readonly tiers: unknown; readonly reason: string | undefined }> {
  const given = givenTierOptions(options);
  const ways = [options.off && '--off', options.file !== undefined && '--file', given[0]].filter(Boolean);
  if (ways.length > 1) throw new CodedError('options_invalid', `${ways.join(' and ')} exclude each other`);
  if (options.off) return { tiers: [], reason: options.reason };
  if (options.file === undefined) return { tiers: tiersOfOptions(target, options), reason: options.reason };
  const read = (await readJsonFile(options.file)) as {
    readonly tiers?: unknown;
    readonly reason?: unknown;
  } | null;
  if (!Array.isArray(read?.tiers))
    throw new CodedError(
      'limit_file_invalid',
      `${options.file}: has no list "tiers": write {"tiers": [...]}`,
    );
  const written = typeof read.reason === 'string' ? read.reason : undefined;
  return { tiers: read.tiers, reason: options.reason ?? written };
}
