/** RFC 6455 section 5.2: a final text frame. A server does not mask it (section 5.1). */
const FINAL_TEXT = 0x81;
const LENGTH_16 = 126;
const LENGTH_64 = 127;

/** A text frame for any number of receivers: its bytes are made when first asked for, and are the same for all of them. */
export class PreparedText {
  readonly text: string;
  #bytes: Buffer | null = null;
  #alone: PreparedRun | null = null;

  constructor(text: string) {
    this.text = text;
  }

  /** As it goes over the wire. Shared: not to be changed. */
  get bytes(): Buffer {
    this.#bytes ??= framed(this.text);
    return this.#bytes;
  }

  /** The run that has this and nothing else, the same one each time. */
  get alone(): PreparedRun {
    this.#alone ??= new PreparedRun(null, this);
    return this.#alone;
  }
}

/**
 * Texts in the order in which they are sent. Receivers that are sent the same ones share a run, and with it the one
 * Buffer that they are written from: a screen's twenty vitals frames of a second are put together once, not once each.
 */
export class PreparedRun {
  readonly #before: PreparedRun | null;
  readonly #last: PreparedText;
  /** Of all texts together. */
  readonly length: number;
  #bytes: Buffer | null = null;
  /** What last followed on this. */
  #next: PreparedRun | null = null;

  constructor(before: PreparedRun | null, last: PreparedText) {
    this.#before = before;
    this.#last = last;
    this.length = (before?.length ?? 0) + last.bytes.length;
  }

  /** This run and one more text: the same run for whoever goes on with the same text. */
  and(text: PreparedText): PreparedRun {
    if (this.#next === null || this.#next.#last !== text) this.#next = new PreparedRun(this, text);
    return this.#next;
  }

  /** As it goes over the wire. Shared: not to be changed. */
  get bytes(): Buffer {
    this.#bytes ??= this.#before === null ? this.#last.bytes : this.#joined();
    return this.#bytes;
  }

  #joined(): Buffer {
    const parts: Buffer[] = [];
    for (let run: PreparedRun | null = this; run !== null; run = run.#before) parts.push(run.#last.bytes);
    return Buffer.concat(parts.reverse(), this.length);
  }
}

function framed(text: string): Buffer {
  const length = Buffer.byteLength(text);
  const begin = headerBytes(length);
  const frame = Buffer.allocUnsafe(begin + length);
  frame[0] = FINAL_TEXT;
  if (length < LENGTH_16) {
    frame[1] = length;
  } else if (length < 65_536) {
    frame[1] = LENGTH_16;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = LENGTH_64;
    frame.writeBigUInt64BE(BigInt(length), 2);
  }
  frame.write(text, begin, 'utf8');
  return frame;
}

function headerBytes(length: number): number {
  if (length < LENGTH_16) return 2;
  return length < 65_536 ? 4 : 10;
}
