import type { Command } from 'commander';
import { inCatalogue } from '../../src/model/explained-limits.ts';
import { targetKey } from '../../src/model/limit.ts';
import type { LimitOverride } from '../../src/model/limit-override.ts';
import { scopeText } from '../../src/model/limit-target.ts';
import { limitText } from '../../src/model/limit-text.ts';
import { chosenOf, scopeAnswer, scopedAnswer } from '../../src/registry/limit-answer.ts';
import { answer, subcommand, withRegistry } from '../admin-command.ts';
import { formatTable } from '../table.ts';
import { type ScopeOptions, scopeOf, withScopeOptions } from './scope-options.ts';

/** Adds `show`. */
export function addShow(program: Command): void {
  const command = subcommand(
    program,
    'show',
    'What is chosen in a scope, or in all of them: by whom, when and why.',
    ['limits -- show', 'limits -- show --ward north', '-s limits -- show --patient p-12 --json'],
  );
  withScopeOptions(command).action((options: ScopeOptions) =>
    withRegistry(options, async ({ registry }) => {
      const scope = scopeOf(registry, options);
      const all = registry.limitOverrides();
      const chosen = (
        scope === null ? all.filter(({ tiers }) => tiers !== null) : chosenOf(all, scope)
      ).toSorted(
        (a, b) =>
          widthOf(a) - widthOf(b) || compare(scopeText(a.scope), scopeText(b.scope)) || inCatalogue(a, b),
      );
      const none = `Nothing is chosen${scope === null ? '' : ` for ${scopeText(scope)}`}: what applies, "npm run limits -- effective" tells.`;
      answer(
        options,
        chosen.map((entry) => ({ scope: scopeAnswer(entry.scope), ...scopedAnswer(entry) })),
        chosen.length === 0 ? none : table(chosen),
      );
    }),
  );
}

function widthOf({ scope }: LimitOverride): number {
  return ['default', 'ward', 'patient'].indexOf(scope.kind);
}

function compare(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

function table(chosen: readonly LimitOverride[]): string {
  return formatTable<LimitOverride>(
    [
      { heading: 'SCOPE', value: ({ scope }) => scopeText(scope) },
      { heading: 'TARGET', value: targetKey },
      { heading: 'LIMIT', value: limitText },
      { heading: 'BY', value: ({ changed_by }) => changed_by },
      { heading: 'WHEN', value: ({ changed_at }) => instantText(changed_at) },
      { heading: 'REASON', value: ({ reason }) => reason },
    ],
    chosen,
  );
}

/** Epoch ms as a time to the second. */
export function instantText(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`;
}
