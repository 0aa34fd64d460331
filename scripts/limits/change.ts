import { targetKey } from '../../src/model/limit.ts';
import type { LimitChoice, LimitScope } from '../../src/model/limit-override.ts';
import { scopeText } from '../../src/model/limit-target.ts';
import { limitText } from '../../src/model/limit-text.ts';
import { scopeAnswer, scopedAnswer } from '../../src/registry/limit-answer.ts';
import { changeLimits } from '../../src/registry/limit-record.ts';
import { type AdminContext, type AdminOptions, answer } from '../admin-command.ts';
import { adminName } from '../audit/admin-audit.ts';

/** Chooses limits as the admin who runs the script, puts it on record, and says so. */
export async function changeAsAdmin(
  { registry, audit, clock }: AdminContext,
  scope: LimitScope,
  choice: LimitChoice,
  reason: string,
  options: AdminOptions,
): Promise<void> {
  const made = { scope, changed_by: `admin:${adminName()}`, changed_at: clock.now(), reason };
  const { entry, act } = await changeLimits(registry, choice, made);
  await audit.record(act);
  const nobody =
    scope.kind === 'ward' && !registry.patients().some(({ ward }) => ward === scope.ward)
      ? `\nNo patient is on ward ${scope.ward} yet.`
      : '';
  const what = choice.tiers === null ? 'not chosen here any more, the wider scope applies' : limitText(entry);
  answer(
    options,
    { scope: scopeAnswer(scope), ...scopedAnswer(entry), tiers: choice.tiers && scopedAnswer(entry).tiers },
    `${targetKey(choice)}, ${scopeText(scope)}: ${what}.${nobody}`,
  );
}
