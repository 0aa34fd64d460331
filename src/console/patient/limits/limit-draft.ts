import { PRIORITIES, type Priority } from '../../../model/limit.ts';
import { CHANGE_WINDOW_MS, MAX_CLEAR_DELAY_MS, MAX_ONSET_DELAY_MS } from '../../../model/limit-rules.ts';
import type { AnsweredTier } from './limit-answers.ts';

/** What is measured against: a level, or a change within a window. */
export type LimitKind = 'value' | 'change';

/** The form as it was filled in: texts, as they were typed; seconds where a time is meant. */
export interface LimitDraft {
  readonly tiers: Readonly<
    Record<Priority, { readonly on: boolean; readonly bound: string; readonly delay: string }>
  >;
  readonly margin: string;
  readonly clearDelay: string;
  /** Of a change only. */
  readonly window: string;
}

/** A field of the form. */
export type LimitField = `${Priority}.bound` | `${Priority}.delay` | 'margin' | 'clearDelay' | 'window';

/** What is wrong with a field: it is no number, or not within these. */
export interface LimitFault {
  readonly field: LimitField;
  readonly entered: string;
  readonly least: number;
  readonly most: number;
}

export type CheckedLimit =
  | { readonly kind: 'tiers'; readonly tiers: readonly AnsweredTier[] }
  | { readonly kind: 'faults'; readonly faults: readonly LimitFault[] };

/** Larger than any value of any vital; whether a threshold can be measured is the server's to say. */
const LARGEST = 10_000;
/** What a limit clears by that was not chosen yet (clinical rule 2). */
const USUAL = {
  margin: '1',
  clearDelayS: '5',
  onsetDelayS: { low: '10', medium: '10', high: '3' },
  windowS: '300',
};

/** Which kind of limit a target is; null: a combination, which is not edited here. */
export function limitKind(target: string): LimitKind | null {
  const sense = target.split(':')[1];
  if (target.startsWith('combination:')) return null;
  if (sense === 'low' || sense === 'high') return 'value';
  return sense === 'falling' || sense === 'rising' ? 'change' : null;
}

/** What is in force as a form. */
export function draftOf(tiers: readonly AnsweredTier[]): LimitDraft {
  const seconds = (ms: number): string => String(ms / 1_000);
  const [first] = tiers;
  const tier = (priority: Priority) => {
    const known = tiers.find((one) => one.priority === priority);
    const bound = known?.threshold ?? known?.change;
    return {
      on: known !== undefined,
      bound: bound === undefined ? '' : String(bound),
      delay: known === undefined ? USUAL.onsetDelayS[priority] : seconds(known.onset_delay_ms),
    };
  };
  return {
    tiers: { low: tier('low'), medium: tier('medium'), high: tier('high') },
    margin: first?.clear_margin === undefined ? USUAL.margin : String(first.clear_margin),
    clearDelay: first === undefined ? USUAL.clearDelayS : seconds(first.clear_delay_ms),
    window: first?.window_ms === undefined ? USUAL.windowS : seconds(first.window_ms),
  };
}

/**
 * Turns a form into tiers, mildest first; none is on: the target is switched off. Only numbers and their bounds are checked
 * here: order and sense of the limits are the server's to judge, by all that is chosen elsewhere.
 */
export function checkedLimit(kind: LimitKind, draft: LimitDraft): CheckedLimit {
  const faults: LimitFault[] = [];
  const number = (field: LimitField, entered: string, least: number, most: number): number => {
    const value = /^\d{1,6}([.,]\d{1,3})?$/.test(entered.trim())
      ? Number(entered.trim().replace(',', '.'))
      : Number.NaN;
    if (!(value >= least && value <= most)) faults.push({ field, entered, least, most });
    return value;
  };
  const ms = (field: LimitField, entered: string, mostMs: number, leastMs = 0): number =>
    Math.round(number(field, entered, leastMs / 1_000, mostMs / 1_000) * 1_000);
  const on = PRIORITIES.filter((priority) => draft.tiers[priority].on);
  if (on.length === 0) return { kind: 'tiers', tiers: [] };
  const common = {
    clear_margin: number('margin', draft.margin, 0, LARGEST),
    clear_delay_ms: ms('clearDelay', draft.clearDelay, MAX_CLEAR_DELAY_MS),
  };
  const window =
    kind === 'change'
      ? { window_ms: ms('window', draft.window, CHANGE_WINDOW_MS.most, CHANGE_WINDOW_MS.least) }
      : {};
  const tiers = on.map((priority): AnsweredTier => {
    const bound = number(`${priority}.bound`, draft.tiers[priority].bound, 0, LARGEST);
    return {
      priority,
      onset_delay_ms: ms(`${priority}.delay`, draft.tiers[priority].delay, MAX_ONSET_DELAY_MS),
      ...common,
      ...window,
      ...(kind === 'value' ? { threshold: bound } : { change: bound }),
    };
  });
  return faults.length > 0 ? { kind: 'faults', faults } : { kind: 'tiers', tiers };
}
