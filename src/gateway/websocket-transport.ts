import { WebSocket } from 'ws';
import type { CloseCode } from '../protocol/close-codes.ts';
import { PreparedText } from '../protocol/prepared-text.ts';
import type { Transport } from '../protocol/transport.ts';

/** A peer that does not answer the closing handshake in this time is cut off. Milliseconds. */
const CLOSE_TIMEOUT_MS = 2_000;
/** RFC 6455 section 5.5: a control frame holds 125 bytes, 2 of them the code. */
const MAX_REASON_BYTES = 123;

function fitting(reason: string): string {
  const bytes = Buffer.from(reason);
  return bytes.length <= MAX_REASON_BYTES
    ? reason
    : bytes
        .subarray(0, MAX_REASON_BYTES - 3)
        .toString('utf8')
        .replace(/\uFFFD+$/u, '');
}

/** The WebSocket behind a session. */
export function webSocketTransport(socket: WebSocket): Transport {
  return {
    send(data) {
      if (socket.readyState === WebSocket.OPEN) socket.send(data instanceof PreparedText ? data.text : data);
    },
    close(code: CloseCode, reason: string) {
      if (socket.readyState === WebSocket.CLOSED) return;
      if (socket.readyState === WebSocket.OPEN) socket.close(code, fitting(reason));
      // A paused socket would never see the peer's answer.
      socket.resume();
      setTimeout(() => socket.terminate(), CLOSE_TIMEOUT_MS).unref();
    },
    get bufferedAmount() {
      return socket.bufferedAmount;
    },
    pause: () => socket.pause(),
    resume: () => socket.resume(),
  };
}
