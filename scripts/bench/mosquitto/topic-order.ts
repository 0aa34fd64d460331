const SEQ = Buffer.from('"seq":');
const ZERO = 0x30;
const NINE = 0x39;

/** Whether what came of each topic came once and in order, by the number in each payload. */
export class TopicOrder {
  readonly #newest = new Map<string, number>();
  #count = 0;
  #problem: string | null = null;

  /** @param again the sender says that it may have come before */
  came(topic: string, payload: Buffer, again: boolean): void {
    const seq = seqOf(payload);
    const before = this.#newest.get(topic) ?? 0;
    if (again && seq <= before) return;
    if (seq !== before + 1) this.#problem ??= `${seq} of ${topic} came after ${before}`;
    this.#newest.set(topic, seq);
    this.#count += 1;
  }

  get count(): number {
    return this.#count;
  }

  /** The first that was missing, there twice or out of order; null: none. */
  get problem(): string | null {
    return this.#problem;
  }
}

/** Of a frame; not parsed, since the process that reads must not be what is waited for. */
function seqOf(payload: Buffer): number {
  const at = payload.indexOf(SEQ);
  let seq = 0;
  for (let i = at + SEQ.length; at >= 0 && i < payload.length; i++) {
    const digit = payload[i] ?? 0;
    if (digit < ZERO || digit > NINE) break;
    seq = seq * 10 + digit - ZERO;
  }
  return seq;
}
