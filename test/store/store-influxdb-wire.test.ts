import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import t, { type Test } from 'tap';
import type { DeviceId, PatientId } from '../../src/model/ids.ts';
import { influxStore } from '../../src/store/store-influxdb.ts';
import { retryAfterS } from '../../src/store/store-influxdb-errors.ts';
import { moment, T0 } from '../contracts/telemetry-store.contract.ts';
import { eventually } from '../support/eventually.ts';

const EVER = {
  subject: { patient: 'patient-1' as PatientId },
  vital: 'spo2',
  from: 0,
  to: T0 * 2,
  limit: 10,
} as const;

t.test('what goes over the wire', async (t) => {
  const seen: { url: string; authorization: string | undefined; body: string }[] = [];
  let answer = { status: 204, type: 'application/json', body: '' };
  const url = await serve(t, (request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text) => {
      body += text;
    });
    request.on('end', () => {
      seen.push({ url: request.url ?? '', authorization: request.headers.authorization, body });
      response.writeHead(answer.status, { 'content-type': answer.type }).end(answer.body);
    });
  });
  const point = moment(T0, { heart_rate: 72, spo2: 98 });

  t.test('2.x and 3.x are written at /api/v2/write with the token, in microseconds', async (t) => {
    for (const version of [2, 3] as const) {
      await using store = influxStore({
        url: `${url}/base/`,
        version,
        org: 'o&o',
        bucket: 'b b',
        token: 'tok',
      });
      seen.length = 0;
      answer = { status: 204, type: 'text/plain', body: '' };
      await store.write([point, moment(T0 + 1, { spo2: 97 })]);
      t.strictSame(seen, [
        {
          url: '/base/api/v2/write?org=o%26o&bucket=b%20b&precision=us',
          authorization: 'Token tok',
          body: `vitals,device=watch-1,patient=patient-1 heart_rate=72,spo2=98 ${T0}000\nvitals,device=watch-1,patient=patient-1 spo2=97 ${T0 + 1}000`,
        },
      ]);
      seen.length = 0;
      answer = { status: 200, type: 'application/json', body: '{"results":[{"statement_id":0}]}\n' };
      t.strictSame(await store.values(EVER), []);
      t.match(seen, [{ url: /^\/base\/query\?db=b\+b&epoch=u&/, authorization: 'Token tok' }]);
    }
  });

  t.test('one write is one request, or as many as its size asks for', async (t) => {
    await using store = influxStore({ url, version: 1 });
    seen.length = 0;
    answer = { status: 204, type: 'text/plain', body: '' };
    await store.write(Array.from({ length: 70_000 }, (_, index) => moment(T0 + index, { spo2: 97 })));
    t.equal(seen.length, 2);
    t.ok(seen.every(({ body }) => body.length <= 4 * 1024 * 1024));
    const lines = seen.flatMap(({ body }) => body.split('\n'));
    t.equal(new Set(lines).size, 70_000);
    t.ok(seen.every((request) => request.url === '/write?db=vitalwire&precision=u'));
  });

  t.test('the status decides the class of a failure', async (t) => {
    await using store = influxStore({ url, version: 2 });
    const classes = {
      store_invalid: [201, 400, 422],
      store_too_large: [413],
      store_denied: [200, 302, 401, 403, 404, 405],
      store_transient: [408, 425, 429, 500, 502, 503, 504],
    };
    for (const [code, statuses] of Object.entries(classes)) {
      for (const status of statuses) {
        answer = { status, type: 'application/json', body: '{"message":"because"}' };
        seen.length = 0;
        await t.rejects(store.write([point]), { code }, `${status}`);
        t.equal(seen.length, 1, 'not tried again on its own');
      }
    }
    answer = { status: 200, type: 'text/html', body: '<html>' };
    await t.rejects(store.values(EVER), { code: 'store_denied' }, 'a page is no answer');
  });
});

t.test('tells for how long a busy server asks to be left alone', (t) => {
  const date = 'Mon, 05 Jan 2026 10:00:00 GMT';
  t.equal(retryAfterS({ 'retry-after': '30' }), 30);
  t.equal(
    retryAfterS({ 'retry-after': 'Mon, 05 Jan 2026 10:01:30 GMT', date }),
    90,
    'by the clock of the server',
  );
  for (const asked of ['Mon, 05 Jan 2026 09:00:00 GMT', '-5', 'soon', undefined]) {
    t.equal(retryAfterS({ 'retry-after': asked, date }), 0, `${asked}`);
  }
  t.equal(retryAfterS({ 'retry-after': date }), 0, 'a date that cannot be compared');
  t.end();
});

t.test('a partial success is none: some versions 3.x say so with 201', async (t) => {
  let body = '';
  const url = await serve(t, (request, response) => {
    request
      .resume()
      .on('end', () => response.writeHead(201, { 'content-type': 'application/json' }).end(body));
  });
  await using store = influxStore({ url, version: 3 });
  await store.write([moment(T0, { spo2: 97 })]);
  body = '{"message":"1 point rejected"}';
  await t.rejects(store.write([moment(T0, { spo2: 97 })]), {
    code: 'store_invalid',
    message: /1 point rejected/,
  });
});

t.test('a write whose connection is lost takes no other write with it', async (t) => {
  const arrived = new Map<string, ServerResponse>();
  const url = await serve(t, (request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text) => {
      body += text;
    });
    request.on('end', () => arrived.set(/device=([^,]+)/.exec(body)?.[1] ?? '', response));
  });
  await using store = influxStore({ url, version: 1 });
  const write = (device: string) => store.write([moment(T0, { spo2: 97 }, { device: device as DeviceId })]);
  const lost = t.rejects(write('lost'), { code: 'store_transient' });
  const other = write('other');
  await eventually(() => arrived.size === 2);
  arrived.get('lost')?.destroy();
  await lost;
  arrived.get('other')?.writeHead(204).end();
  await other;
});

async function serve(t: Test, listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  t.teardown(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
