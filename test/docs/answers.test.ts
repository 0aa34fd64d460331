import { once } from 'node:events';
import t from 'tap';
import type { FeedFrame } from '../../src/protocol/feed-frames.ts';
import { eventually } from '../support/eventually.ts';
import { rest } from '../support/rest.ts';
import { runningServer } from '../support/running-server.ts';
import { asyncApi, faultsOf, openApi } from './parsed.ts';

t.test('what a running server says is what the documents say it says', async (t) => {
  const server = await runningServer(t);
  const wearable = await server.wearable('watch-1', 'p-1');
  const token = await server.token('nurse-1');
  const charge = await server.token('lead-1', { role: 'charge' });
  const feed = server.feed(token);
  const frames: FeedFrame[] = [];
  for (const name of ['snapshot', 'vitals', 'alarm', 'presence'] as const)
    feed.on(name, (frame: FeedFrame) => frames.push(frame));
  await feed.subscribe({ ward: 'ward-1' });
  await once(feed, 'snapshot');

  const client = server.client(wearable);
  const start = Date.now() - 30_000;
  for (let s = 0; s < 30; s++)
    client.sendVitals([{ t: start + s * 1_000, spo2: 84, heart_rate: s === 29 ? 400 : 72 + (s % 4) }]);
  client.sendWaveform({ signal: 'ppg', t: start, rate_hz: 100, values: [0.1, 0.2] });
  await client.drain({ timeoutMs: 10_000 });
  await server.app.drained();

  await t.test('REST', async (t) => {
    const check = async (path: string, route: string, status: number, as: string | null) => {
      const { headers, body, status: given } = await rest(server, as, path);
      t.equal(given, status, path);
      const [described] = Object.entries(openApi.paths[route]?.get?.responses[status]?.content ?? {});
      if (!described) throw new Error(`${path}: ${status} is not in the document`);
      const [type, { schema }] = described;
      t.ok(String(headers['content-type']).startsWith(type), `${path}: ${type}`);
      t.same(faultsOf(openApi, schema, body), [], `${path}: body`);
      return body;
    };
    const patient = '/v1/patients/{id}';
    const now = await check('/v1/patients/p-1', patient, 200, token);
    t.equal((now.alarms as unknown[]).length, 2, 'a physiological and a technical alarm');
    await check('/v1/patients', '/v1/patients', 200, token);
    await check('/v1/patients/p-1/vitals?vital=spo2', `${patient}/vitals`, 200, token);
    await check('/v1/patients/p-1/vitals?vital=spo2&resolution=10s', `${patient}/vitals`, 200, token);
    await check('/v1/patients/p-1/waveforms?signal=ppg', `${patient}/waveforms`, 200, token);
    const { alarms } = await check('/v1/patients/p-1/alarms', `${patient}/alarms`, 200, token);
    t.same(
      new Set((alarms as { kind: string }[]).map(({ kind }) => kind)),
      new Set(['physiological', 'technical']),
    );
    await check('/v1/devices', '/v1/devices', 200, charge);
    await check('/v1/devices', '/v1/devices', 403, token);
    await check('/v1/patients/p-9', patient, 403, token);
    await check('/v1/patients', '/v1/patients', 401, null);
    await check('/v1/patients/p-1/vitals?vital=hr', `${patient}/vitals`, 400, token);
    await check('/healthz', '/healthz', 200, null);
    await check('/readyz', '/readyz', 200, null);
  });

  await t.test('the feed', async (t) => {
    await eventually(() => frames.some((frame) => frame.type === 'vitals'));
    const seen = new Set(frames.map(({ type }) => type));
    t.same(seen, new Set(['snapshot', 'vitals', 'alarm', 'presence']));
    for (const frame of frames) {
      const { payload } = asyncApi.components.messages[`feed.${frame.type}`]!;
      t.same(faultsOf(asyncApi, payload, frame), [], frame.type);
    }
  });
});
