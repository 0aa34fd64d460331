import { rank } from '../../../model/limit.ts';
import { vitalLabel, vitalUnit } from '../../text/quantities.ts';
import { span } from '../../text/spans.ts';
import { text } from '../../text/text.ts';
import type { AnsweredTier } from './limit-answers.ts';

/** What a target is called: `SpO2 low`, `HR rising`, `Combination shock`. */
export function targetName(target: string): string {
  const [head = '', tail = ''] = target.split(':');
  if (head === 'combination') return text.limits.combination(tail);
  const senses: Readonly<Record<string, string>> = text.limits.senses;
  return `${vitalLabel(head)} ${senses[tail] ?? tail}`;
}

/** What a tier alarms at: `below 88 % for 15 s`. */
export function tierText(target: string, tier: AnsweredTier): string {
  const [vital = '', sense = ''] = target.split(':');
  const unit = vitalUnit(vital);
  const delay = tier.onset_delay_ms === 0 ? text.limits.at_once : text.limits.for(span(tier.onset_delay_ms));
  if (tier.conditions !== undefined) {
    const all = tier.conditions.map(
      ({ vital: one, direction, threshold }) =>
        `${vitalLabel(one)} ${text.limits[direction === 'low' ? 'below' : 'above'](`${threshold} ${vitalUnit(one)}`)}`,
    );
    return `${all.join(text.limits.and)} ${delay}`;
  }
  if (tier.change !== undefined)
    return `${text.limits.by_within(`${tier.change} ${unit}`, span(tier.window_ms ?? 0))} ${delay}`;
  return `${text.limits[sense === 'low' ? 'below' : 'above'](`${tier.threshold ?? ''} ${unit}`)} ${delay}`;
}

/** Tiers with the worst first, as a nurse reads them. */
export function worstTierFirst(tiers: readonly AnsweredTier[]): readonly AnsweredTier[] {
  return tiers.toSorted((a, b) => rank(b.priority) - rank(a.priority));
}
