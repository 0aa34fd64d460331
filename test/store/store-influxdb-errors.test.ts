import { HttpError } from '@influxdata/influxdb-client';
import t from 'tap';
import { storeError } from '../../src/store/store-influxdb-errors.ts';

const answered = (status: number, body: string, type: string) =>
  storeError('a write', 'http://db', new HttpError(status, undefined, body, null, type));

t.test('a 400 that InfluxDB did not say is of its address, and no point is set aside for it', async (t) => {
  const page = '<html><h1>400 Bad Request</h1></html>';
  for (const status of [201, 400, 422])
    t.match(answered(status, page, 'text/html; charset=utf-8'), { failure: 'denied' });
  const plain = 'Client sent an HTTP request to an HTTPS server.\n';
  t.match(answered(400, plain, ''), { failure: 'denied', message: /HTTPS server.*check its address/ });
  t.match(answered(413, page, 'text/html'), { failure: 'too_large' }, 'a proxy takes less at a time');
  t.match(answered(502, page, 'text/html'), { failure: 'transient' });
  t.match(answered(400, '{"error":"field type conflict"}', 'application/json'), { failure: 'invalid' });
  t.match(answered(400, 'field type conflict', 'text/plain'), { failure: 'invalid' });
});

t.test('what is logged repeats no line that a server shows', async (t) => {
  const line = 'cannot write vitals,device=watch-1,patient=Mrs-Smith heart_rate=70';
  for (const status of [403, 429, 500, 413])
    t.notMatch(answered(status, `{"error":"${line}"}`, 'application/json').message, /Smith|watch-1|70/);
  t.match(answered(500, '{"error":"engine: cache-max-memory-size exceeded"}', 'application/json'), {
    message: /cache-max-memory-size/,
  });
  t.match(
    answered(400, `{"error":"${line}"}`, 'application/json'),
    { message: /Mrs-Smith/ },
    'for the quarantine',
  );
});
