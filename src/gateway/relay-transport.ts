import type { Writable } from 'node:stream';
import { WebSocket } from 'ws';
import { type PreparedRun, PreparedText } from '../protocol/prepared-text.ts';
import type { Transport } from '../protocol/transport.ts';
import { webSocketTransport } from './websocket-transport.ts';

/**
 * The WebSocket behind a session that is sent what many are sent. Texts go past `ws` into the socket below it, as frames
 * that were made once for all receivers, and those of one turn in one write: half of what `ws` takes for each (the
 * benchmark fan-out). That keeps their order with the frames that `ws` writes (pings, the close), since it holds none
 * back: compression is off, and no Blob is sent.
 * @param stream what `ws` writes to: the socket of the upgrade
 */
export function relayTransport(socket: WebSocket, stream: Writable): Transport {
  const { close, pause, resume } = webSocketTransport(socket);
  let waiting: PreparedRun | null = null;
  /** Unread when the first of what waits came: within a turn it does not grow but by that. */
  let unread = 0;
  const flush = (): void => {
    const run = waiting;
    waiting = null;
    // After a close frame there must be no other (RFC 6455 section 5.5.1).
    if (run !== null && socket.readyState === WebSocket.OPEN) stream.write(run.bytes);
  };
  return {
    send(data) {
      if (socket.readyState !== WebSocket.OPEN) return;
      if (data instanceof Uint8Array) {
        flush();
        socket.send(data);
        return;
      }
      const text = typeof data === 'string' ? new PreparedText(data) : data;
      if (waiting !== null) {
        waiting = waiting.and(text);
        return;
      }
      waiting = text.alone;
      unread = stream.writableLength;
      process.nextTick(flush);
    },
    close(code, reason) {
      flush();
      close(code, reason);
    },
    get bufferedAmount() {
      return waiting === null ? stream.writableLength : unread + waiting.length;
    },
    pause,
    resume,
  };
}
