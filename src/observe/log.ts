import { type DestinationStream, type Logger, pino } from 'pino';
import { REDACTED, redacted } from './redaction.ts';

export type Log = Logger;
export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'silent';

/** For the bound fields of a child logger, which pino keeps from its formatters. */
const BOUND = ['token', 'access_token', 'authorization', 'password', 'passphrase', 'key', 'label', 'cookie'];

/** Errors go through pino's own serializer first: their message and stack are not enumerable. */
function redactedFacts(facts: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(redacted(facts) as Record<string, unknown>).map(([name, value]) => {
      const original = facts[name];
      return [name, original instanceof Error ? redacted(pino.stdSerializers.err(original)) : value];
    }),
  );
}

/** A JSON logger, one object a line; secrets and patient labels are struck out by the names of their fields. */
export function createLog(level: LogLevel, destination?: DestinationStream): Log {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { log: redactedFacts },
    redact: { paths: BOUND, censor: REDACTED },
  };
  return destination ? pino(options, destination) : pino(options);
}
