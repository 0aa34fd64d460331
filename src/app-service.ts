import type { EmbeddedBus } from './bus/bus-embedded.ts';
import type { ServiceFacts } from './feed/service-board.ts';
import type { RecordingGate } from './ingest/recording-gate.ts';
import type { Journal } from './journal/journal.ts';

/**
 * What clinicians are told of journal and alarm log. A disk that is merely behind holds devices back and passes; one that
 * is so for too long is not waited for, which to people is the same as one that does not answer.
 */
export function serviceFacts(
  { condition }: Pick<Journal, 'condition'>,
  { isOverrun }: Pick<RecordingGate, 'isOverrun'>,
  { healthy }: Pick<EmbeddedBus, 'healthy'>,
): ServiceFacts {
  const passing = condition === 'ok' || condition === 'behind';
  return {
    reason: passing ? (isOverrun ? 'stalled' : null) : condition,
    alarmLog: healthy ? 'ok' : 'failed',
  };
}
