import t from 'tap';
import { postRequest, snapshotRequest } from '../../../../scripts/bench/websocket/requests.ts';

t.test('a sample is posted with the length of its body', async (t) => {
  const [head = '', body = ''] = postRequest('token', 3, 1_772_438_400_000, true).split('\r\n\r\n');
  t.match(head, /^POST \/v1\/vitals HTTP\/1\.1\r\nHost: /);
  t.match(head, /\r\nAuthorization: Bearer token\r\n/);
  t.match(head, new RegExp(`\\r\\nContent-Length: ${body.length}$`));
  t.match(JSON.parse(body), { type: 'vitals', seq: 3, samples: [{ t: 1_772_438_400_000 }] });
});

t.test('the connection is closed where it is for one request', async (t) => {
  t.match(postRequest('token', 1, 0, false), /\r\nConnection: close\r\n\r\n/);
  t.notMatch(postRequest('token', 1, 0, true), /Connection/);
});

t.test('a poll asks for a patient', async (t) => {
  t.match(snapshotRequest('token', 'p-7'), /^GET \/v1\/patients\/p-7 HTTP\/1\.1\r\n.*Bearer token\r\n\r\n$/s);
});
