import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import t from 'tap';
import { answerBadRequest } from '../../src/gateway/problem-details.ts';

/** What a peer is answered whose request fails with this code. */
function answered(code: string): Promise<string> {
  const socket = new PassThrough();
  answerBadRequest(Object.assign(new Error('parse'), { code }), socket);
  return text(socket);
}

t.test('what is no HTTP is a bad request', async (t) => {
  const answer = await answered('HPE_INVALID_METHOD');
  t.match(answer, /^HTTP\/1\.1 400 Bad Request\r\n/);
  t.match(answer, /HPE_INVALID_METHOD/);
});

t.test(
  'a connection on which nothing came in time is no bad request: a browser opens one ahead, and asks again',
  async (t) => {
    const answer = await answered('ERR_HTTP_REQUEST_TIMEOUT');
    t.match(answer, /^HTTP\/1\.1 408 Request Timeout\r\n/);
    t.match(answer, /\r\nconnection: close\r\n/);
    t.match(answer, /\r\ncontent-length: 0\r\n/);
  },
);

t.test('a peer that is gone is answered nothing', async (t) => {
  const socket = new PassThrough();
  answerBadRequest(Object.assign(new Error('reset'), { code: 'ECONNRESET' }), socket);
  t.ok(socket.destroyed);
});
