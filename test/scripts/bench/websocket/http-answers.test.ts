import t from 'tap';
import { type HttpAnswer, HttpAnswers } from '../../../../scripts/bench/websocket/http-answers.ts';

const NO_CONTENT = 'HTTP/1.1 204 No Content\r\nDate: x\r\n\r\n';
const WITH_BODY = 'HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n{"label":"é"';

t.test('answers are read however the bytes come', async (t) => {
  const bytes = Buffer.from(`${NO_CONTENT}${WITH_BODY}${NO_CONTENT}`);
  for (const size of [1, 7, bytes.length]) {
    const read: HttpAnswer[] = [];
    const answers = new HttpAnswers((answer) => read.push(answer));
    for (let at = 0; at < bytes.length; at += size) answers.read(bytes.subarray(at, at + size));
    t.strictSame(
      read,
      [
        { status: 204, body: '' },
        { status: 200, body: '{"label":"é"' },
        { status: 204, body: '' },
      ],
      `${size} bytes at once`,
    );
  }
});
