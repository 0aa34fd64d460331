const END_OF_HEAD = Buffer.from('\r\n\r\n');
const LENGTH = /\r\ncontent-length: *(\d+)/i;
const STATUS = /^HTTP\/1\.1 (\d{3})/;

export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
}

/** Reads HTTP/1.1 answers that say their length, or have no body (RFC 9112 section 6.3). */
export class HttpAnswers {
  readonly #onAnswer: (answer: HttpAnswer) => void;
  #rest: Buffer = Buffer.alloc(0);

  constructor(onAnswer: (answer: HttpAnswer) => void) {
    this.#onAnswer = onAnswer;
  }

  read(chunk: Buffer): void {
    let data: Buffer = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    for (;;) {
      const end = data.indexOf(END_OF_HEAD);
      if (end < 0) break;
      const head = data.toString('latin1', 0, end);
      const begin = end + END_OF_HEAD.length;
      const length = Number(LENGTH.exec(head)?.[1] ?? 0);
      if (data.length < begin + length) break;
      const status = Number(STATUS.exec(head)?.[1] ?? 0);
      this.#onAnswer({ status, body: data.toString('utf8', begin, begin + length) });
      data = data.subarray(begin + length);
    }
    this.#rest = data;
  }
}
