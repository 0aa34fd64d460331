import type { Command } from 'commander';
import { DEFAULT_LIMITS } from '../../src/model/default-limits.ts';
import { type ExplainedLimit, explainedLimits } from '../../src/model/explained-limits.ts';
import { targetKey } from '../../src/model/limit.ts';
import { scopeText } from '../../src/model/limit-target.ts';
import { limitText } from '../../src/model/limit-text.ts';
import { effectiveAnswer } from '../../src/registry/limit-answer.ts';
import { answer, subcommand, withRegistry } from '../admin-command.ts';
import { formatTable } from '../table.ts';
import { requiredScope, type ScopeOptions, subjectOfScope, withScopeOptions } from './scope-options.ts';
import { instantText } from './show.ts';

/** Adds `effective`. */
export function addEffective(program: Command): void {
  const command = subcommand(
    program,
    'effective',
    'The limits in force for a patient, a ward or everyone: where each comes from, and what it hides.',
    [
      'limits -- effective --patient p-12',
      'limits -- effective --ward north',
      'limits -- effective --default --json',
    ],
  );
  withScopeOptions(command).action((options: ScopeOptions) =>
    withRegistry(options, async ({ registry }) => {
      const scope = requiredScope(registry, options);
      const { patient, ward } = subjectOfScope(registry, scope);
      const limits = explainedLimits(DEFAULT_LIMITS, registry.limitOverrides(), patient, ward);
      answer(options, { patient, ward, limits: limits.map(effectiveAnswer) }, table(limits));
    }),
  );
}

function table(limits: readonly ExplainedLimit[]): string {
  return formatTable<ExplainedLimit>(
    [
      { heading: 'TARGET', value: ({ choice }) => targetKey(choice) },
      { heading: 'LIMIT', value: ({ choice }) => limitText(choice) },
      { heading: 'FROM', value: sourceOf },
      { heading: 'BY', value: ({ from }) => from?.changed_by ?? '-' },
      { heading: 'WHEN', value: ({ from }) => (from ? instantText(from.changed_at) : '-') },
      { heading: 'REASON', value: ({ from }) => from?.reason ?? '-' },
      {
        heading: 'HIDES',
        value: ({ hides }) =>
          hides.map((one) => `${sourceOf(one)}: ${limitText(one.choice)}`).join(' | ') || '-',
      },
    ],
    limits,
  );
}

function sourceOf({ from }: Pick<ExplainedLimit, 'from'>): string {
  return from ? scopeText(from.scope) : 'built in';
}
