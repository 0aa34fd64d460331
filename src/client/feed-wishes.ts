import { CodedError } from '../core/coded-error.ts';
import type { Consciousness, OxygenUse } from '../model/news2.ts';
import type { Vital } from '../model/vital.ts';
import type { FeedCommand } from '../protocol/feed-commands.ts';
import type { FeedSelection } from './feed-client-options.ts';
import type { FeedAnswer } from './feed-events.ts';

/** What a person observed or measured by hand; at least one of values, oxygen and consciousness. */
export interface ObservationWish {
  readonly patient: string;
  /** When it was observed, epoch ms, at most 24 h ago; absent: now. */
  readonly t?: number;
  readonly values?: Partial<Record<Vital, number>>;
  readonly oxygen?: OxygenUse;
  readonly consciousness?: Consciousness;
}

/** The command that asks for a subscription. @param since a cursor to replay from; null: none */
export function subscribeFrame(
  selection: Omit<FeedSelection, 'since'> | null,
  since: string | null,
): Omit<Extract<FeedCommand, { type: 'subscribe' }>, 'id'> {
  const { patients, ward } = selection ?? {};
  return {
    type: 'subscribe',
    ...(patients === undefined ? {} : { patients: [...patients] }),
    ...(ward === undefined ? {} : { ward }),
    ...(since === null ? {} : { since }),
  };
}

/** A refusal as an error with the feed's code. */
export function notCarriedOut(command: string, { code, message }: FeedAnswer): CodedError {
  return new CodedError(code ?? 'refused', `${command} was refused: ${message ?? code}`);
}
