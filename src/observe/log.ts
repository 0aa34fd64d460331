import { type DestinationStream, type Logger, pino } from 'pino';

export type Log = Logger;
export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'silent';

/** Fields that never reach a log line, wherever a caller puts them. */
const REDACTED = [
  'token',
  'access_token',
  'authorization',
  'password',
  'passphrase',
  'key',
  'label',
  'cookie',
];

/** A JSON logger, one object a line; secrets and patient labels are struck out by field name, up to two levels deep. */
export function createLog(level: LogLevel, destination?: DestinationStream): Log {
  const paths = REDACTED.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]);
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: { paths, censor: '[redacted]' },
  };
  return destination ? pino(options, destination) : pino(options);
}
