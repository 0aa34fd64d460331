import type { Opcode } from './masked-frame.ts';

const LENGTH = 0x7f;
const LENGTH_16 = 126;
const LENGTH_64 = 127;

/** Reads what a server sends after the upgrade (RFC 6455 section 5.2): unmasked frames, none of them in fragments. */
export class ServerFrames {
  readonly #onFrame: (opcode: Opcode, payload: Buffer) => void;
  #rest: Buffer | null = null;

  /** @param onFrame its payload is a view on what was read, good until the call returns */
  constructor(onFrame: (opcode: Opcode, payload: Buffer) => void) {
    this.#onFrame = onFrame;
  }

  read(chunk: Buffer): void {
    const data = this.#rest === null ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    for (let end = frameEnd(data, at); end !== null; end = frameEnd(data, at)) {
      const opcode = ((data[at] ?? 0) & 0x0f) as Opcode;
      this.#onFrame(opcode, data.subarray(payloadBegin(data, at), end));
      at = end;
    }
    this.#rest = at === data.length ? null : data.subarray(at);
  }
}

function payloadBegin(data: Buffer, at: number): number {
  const length = (data[at + 1] ?? 0) & LENGTH;
  if (length < LENGTH_16) return at + 2;
  return length === LENGTH_16 ? at + 4 : at + 10;
}

/** Null: not all of it is there. */
function frameEnd(data: Buffer, at: number): number | null {
  if (data.length - at < 2) return null;
  const begin = payloadBegin(data, at);
  if (data.length < begin) return null;
  const short = (data[at + 1] ?? 0) & LENGTH;
  let length = short;
  if (short === LENGTH_16) length = data.readUInt16BE(at + 2);
  else if (short === LENGTH_64) length = Number(data.readBigUInt64BE(at + 2));
  return data.length < begin + length ? null : begin + length;
}
