import type { EmbeddedBus } from './bus/bus-embedded.ts';
import type { ServiceFacts } from './feed/service-board.ts';
import type { Journal } from './journal/journal.ts';

/** What clinicians are told of journal and alarm log. A disk that is merely behind holds devices back and passes. */
export function serviceFacts(
  { condition }: Pick<Journal, 'condition'>,
  { healthy }: Pick<EmbeddedBus, 'healthy'>,
): ServiceFacts {
  return {
    reason: condition === 'ok' || condition === 'behind' ? null : condition,
    alarmLog: healthy ? 'ok' : 'failed',
  };
}
