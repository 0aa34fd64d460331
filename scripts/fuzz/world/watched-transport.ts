import { CLOSE_CODES, type CloseCode } from '../../../src/protocol/close-codes.ts';
import type { Decoded } from '../../../src/protocol/decode-frame.ts';
import { PreparedText } from '../../../src/protocol/prepared-text.ts';
import type { Transport } from '../../../src/protocol/transport.ts';
import type { Finding } from '../fuzz-case.ts';
import { judgeProblem } from '../oracle/codec-oracle.ts';

/** What a session may send at most, whatever it is sent: and this much for each byte of that. */
const ANY_OUTPUT_BYTES = 256 * 1024;
const OUTPUT_A_BYTE = 16;

export interface WatchedTransportOptions<Frame> {
  /** As the peer reads it. */
  readonly decode: (data: string | Uint8Array) => Decoded<Frame>;
  /** What the peer would be right to complain of in a frame it was sent; null: nothing. */
  readonly judge: (frame: Frame) => Finding | null;
  /** Whether a frame is told again from a log, as many of them as there are: paced by what the reader takes. */
  readonly isReplayed?: (frame: Frame) => boolean;
}

/** The socket of a session, at which everything that it sends is looked at. */
export class WatchedTransport<Frame> implements Transport {
  readonly #options: WatchedTransportOptions<Frame>;
  closed: CloseCode | null = null;
  paused = false;
  bufferedAmount = 0;
  /** What was wrong first. */
  finding: Finding | null = null;
  /** Bytes that the peer sent, which allow for more output. */
  received = 0;
  #sent = 0;

  constructor(options: WatchedTransportOptions<Frame>) {
    this.#options = options;
  }

  send(sent: string | PreparedText | Uint8Array): void {
    // The contract of a transport: after `close` it does nothing.
    if (this.closed !== null) return;
    const data = sent instanceof PreparedText ? sent.text : sent;
    const { decode, judge, isReplayed } = this.#options;
    const decoded = decode(data);
    if (!decoded.ok) return this.#found('unreadable_frame', `sent what no peer can read: ${decoded.problem}`);
    this.finding ??= judge(decoded.frame);
    if (isReplayed?.(decoded.frame)) return;
    this.#sent += data.length;
    if (this.#sent > ANY_OUTPUT_BYTES + OUTPUT_A_BYTE * this.received)
      this.#found('output_unbounded', `${this.#sent} bytes were sent for ${this.received} received`);
  }

  close(code: CloseCode, reason: string): void {
    if (this.closed !== null)
      return this.#found('closed_twice', `closed with ${this.closed}, then with ${code}`);
    this.closed = code;
    if (!Object.hasOwn(CLOSE_CODES, code))
      this.#found('close_code', `${code} is not in the table of close codes`);
    if (code === 1011) this.#found('internal_error', `the session failed by itself: ${reason}`);
    this.finding ??= judgeProblem(reason);
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
  }

  /** Time went on: what is sent from now on is for what is received from now on. */
  settled(): void {
    this.#sent = 0;
    this.received = 0;
  }

  #found(kind: string, message: string): void {
    this.finding ??= { kind, message };
  }
}
