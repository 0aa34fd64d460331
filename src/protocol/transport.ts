import type { CloseCode } from './close-codes.ts';
import type { PreparedText } from './prepared-text.ts';

/**
 * A message channel to one peer, as a session sees it: the WebSocket stands behind it in gateway/, an array in tests.
 */
export interface Transport {
  /** Sends a text frame (string, or prepared for many) or a binary frame. After `close` it does nothing. */
  send(data: string | PreparedText | Uint8Array): void;
  /** Starts the closing handshake; the peer has a bounded time to answer. */
  close(code: CloseCode, reason: string): void;
  /** Bytes handed over and not yet taken by the kernel. */
  readonly bufferedAmount: number;
  /** Stop and go on reading: back-pressure reaches the peer through TCP. */
  pause(): void;
  resume(): void;
}
