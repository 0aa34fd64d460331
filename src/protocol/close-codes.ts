/** What a peer should do after a close: come back with full jitter, come back later, or stay away. */
export type Reconnect = 'no' | 'with_jitter' | 'later';

interface CloseDefinition {
  /** Sent as the close reason (RFC 6455 5.5.1: at most 123 bytes). */
  readonly reason: string;
  readonly reconnect: Reconnect;
  readonly meaning: string;
}

/** The one table of close codes (RFC 6455 7.4; 4000-4999 are the application's own). */
export const CLOSE_CODES = {
  1000: { reason: 'normal closure', reconnect: 'no', meaning: 'The peer that closed is done.' },
  1001: { reason: 'going away', reconnect: 'with_jitter', meaning: 'The peer is leaving.' },
  1007: {
    reason: 'invalid text',
    reconnect: 'with_jitter',
    meaning: 'A text message is not UTF-8.',
  },
  1009: {
    reason: 'message too big',
    reconnect: 'no',
    meaning: 'A message is larger than the listener takes.',
  },
  1011: {
    reason: 'internal error',
    reconnect: 'later',
    meaning: 'The server failed; nothing that was not acked is safe.',
  },
  1012: { reason: 'service restart', reconnect: 'with_jitter', meaning: 'The server restarts.' },
  1013: {
    reason: 'try again later',
    reconnect: 'later',
    meaning: 'The server is overloaded, or the reader is too slow.',
  },
  4400: {
    reason: 'malformed frame',
    reconnect: 'with_jitter',
    meaning: 'A frame could not be parsed, is of an unknown type or breaks the order.',
  },
  4401: { reason: 'token expired', reconnect: 'with_jitter', meaning: 'Fetch a new token, then come back.' },
  4403: {
    reason: 'not allowed',
    reconnect: 'no',
    meaning: 'The device or person is revoked, suspended or not allowed.',
  },
  4408: {
    reason: 'heartbeat lost',
    reconnect: 'with_jitter',
    meaning: 'The peer did not answer two heartbeats.',
  },
  4409: {
    reason: 'replaced by a newer connection',
    reconnect: 'no',
    meaning: 'The same device connected again: the newest wins.',
  },
  4429: {
    reason: 'rate exceeded',
    reconnect: 'later',
    meaning: 'The peer sends or connects more often than allowed.',
  },
} as const satisfies Readonly<Record<number, CloseDefinition>>;

export type CloseCode = keyof typeof CLOSE_CODES;

/** What to do after a close with `code`; unknown codes and 1006 (no close frame) are taken as a lost network. */
export function reconnectAfter(code: number): Reconnect {
  return Object.hasOwn(CLOSE_CODES, code) ? CLOSE_CODES[code as CloseCode].reconnect : 'with_jitter';
}
