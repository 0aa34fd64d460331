import type { CloseCode } from '../../src/protocol/close-codes.ts';
import { PreparedText } from '../../src/protocol/prepared-text.ts';
import type { Transport } from '../../src/protocol/transport.ts';

/** The array that stands where the WebSocket does. */
export interface RecordingTransport extends Transport {
  readonly sent: (string | Uint8Array)[];
  closed: { readonly code: CloseCode; readonly reason: string } | null;
  paused: boolean;
  /** What a reader that does not read leaves behind; set by tests. */
  bufferedAmount: number;
}

export function recordingTransport(): RecordingTransport {
  const sent: (string | Uint8Array)[] = [];
  return {
    sent,
    closed: null,
    paused: false,
    bufferedAmount: 0,
    send(data) {
      if (this.closed === null) sent.push(data instanceof PreparedText ? data.text : data);
    },
    close(code, reason) {
      this.closed ??= { code, reason };
    },
    pause() {
      this.paused = true;
    },
    resume() {
      this.paused = false;
    },
  };
}
