import { once } from 'node:events';
import t from 'tap';
import { deviceId, patientId, wardId } from '../../src/model/ids.ts';
import type { FeedFrame } from '../../src/protocol/feed-frames.ts';
import { eventually } from '../support/eventually.ts';
import { rest } from '../support/rest.ts';
import { runningServer } from '../support/running-server.ts';

t.test(
  'a wearable streams, a clinician hears of the breach, and the history holds every sample',
  async (t) => {
    const server = await runningServer(t);
    const wearable = await server.wearable('watch-1', 'p-1');
    const token = await server.token('nurse-1');
    const feed = server.feed(token);
    const frames: FeedFrame[] = [];
    for (const name of ['snapshot', 'vitals', 'alarm', 'presence'] as const)
      feed.on(name, (frame: FeedFrame) => frames.push(frame));
    await feed.subscribe({ ward: 'ward-1' });
    await once(feed, 'snapshot');

    const client = server.client(wearable);
    const start = Date.now() - 30_000;
    for (let s = 0; s < 30; s++)
      client.sendVitals([{ t: start + s * 1_000, spo2: s < 5 ? 97 : 84, heart_rate: 72 + (s % 4) }]);
    await client.drain({ timeoutMs: 10_000 });

    const alarm = await eventually(() =>
      frames.find((frame) => frame.type === 'alarm' && frame.event === 'raised'),
    );
    t.match(alarm, {
      alarm: {
        patient: 'p-1',
        vital: 'spo2',
        direction: 'low',
        priority: 'medium',
        onset: start + 20_000,
        presence: 'on',
      },
    });
    t.ok(
      await eventually(() =>
        frames.find(
          (frame) => frame.type === 'vitals' && frame.patient === 'p-1' && frame.values.spo2?.value === 84,
        ),
      ),
    );
    t.ok(frames.some((frame) => frame.type === 'presence' && frame.presence === 'on'));

    if (alarm.type !== 'alarm') return;
    t.match(await feed.acknowledge(alarm.alarm.id), { ok: true });
    t.match(
      await eventually(() =>
        frames.find((frame) => frame.type === 'alarm' && frame.event === 'acknowledged'),
      ),
      { alarm: { presence: 'ack', acknowledged_by: 'nurse-1' } },
    );
    t.match(await feed.acknowledge(alarm.alarm.id), { ok: false, code: 'alarm_not_live' });
    t.match(await feed.acknowledge('p-1:nothing'), { ok: false, code: 'alarm_not_found' });

    await server.app.drained();
    const history = await rest(
      server,
      token,
      `/v1/patients/p-1/vitals?vital=spo2&from=${start}&to=${start + 30_000}`,
    );
    t.equal(history.status, 200);
    t.same(
      (history.body.values as { value: number }[]).map(({ value }) => value),
      Array.from({ length: 30 }, (_, s) => (s < 5 ? 97 : 84)),
    );
    const buckets = await rest(
      server,
      token,
      `/v1/patients/p-1/vitals?vital=spo2&from=${start}&to=${start + 30_000}&resolution=1d`,
    );
    t.match(buckets.body.buckets, [{ min: 84, max: 97, count: 30 }]);
    const alarms = await rest(server, token, '/v1/patients/p-1/alarms');
    t.match(alarms.body.alarms, [{ id: alarm.alarm.id, presence: 'ack' }]);
    t.match((await rest(server, token, '/v1/patients/p-1')).body, {
      values: { spo2: { value: 84 } },
      devices: [{ device: 'watch-1', presence: 'on' }],
      alarms: [{ id: alarm.alarm.id }],
    });
  },
);

t.test(
  'a restart: the device resumes, nothing is lost or doubled, the alarm lives on, the feed misses nothing',
  async (t) => {
    const server = await runningServer(t);
    const wearable = await server.wearable('watch-1', 'p-1');
    const token = await server.token('nurse-1');
    const feed = server.feed(token);
    const events: string[] = [];
    feed.on('alarm', ({ event, alarm }) => events.push(`${event} ${alarm.id}`));
    await feed.subscribe({ patients: ['p-1'] });
    await once(feed, 'snapshot');
    const client = server.client(wearable, {
      backoff: { withJitter: { baseMs: 50, capMs: 200 }, later: { baseMs: 50, capMs: 200 } },
    });
    const start = Date.now() - 40_000;
    const send = (from: number, to: number, spo2: number): void => {
      for (let s = from; s < to; s++) client.sendVitals([{ t: start + s * 1_000, spo2 }]);
    };
    send(0, 20, 85);
    await client.drain({ timeoutMs: 10_000 });
    const restarted = server.restart();
    send(20, 30, 85);
    await restarted;
    send(30, 40, 97);
    await client.drain({ timeoutMs: 20_000 });
    await server.app.drained();
    t.equal(await server.app.store.countSamples(deviceId('watch-1'), start, start + 60_000), 40);
    // The feed comes back with its own jitter: on a busy machine that is more than a few seconds.
    await eventually(() => events.length >= 2, 60_000);
    const id = `p-1:spo2:low:${start + 15_000}`;
    t.same(events, [`raised ${id}`, `cleared ${id}`]);
    t.equal(client.stats.reconnects, 1);
  },
);

t.test(
  'what a script changes in another process is seen within a second: a patient moves, a device is revoked',
  async (t) => {
    const server = await runningServer(t);
    const wearable = await server.wearable('watch-1', 'p-1');
    const token = await server.token('nurse-1');
    const client = server.client(wearable);
    await once(client, 'connected');
    await server.registry.addPatient({
      id: patientId('p-2'),
      ward: wardId('ward-1'),
      label: 'other',
      news2: 'scale_1',
    });
    await server.registry.assign(deviceId('watch-1'), patientId('p-2'), Date.now());
    const seen = Date.now();
    await eventually(async () => {
      const { body } = await rest(server, token, '/v1/patients/p-2');
      return (body.devices as unknown[] | undefined)?.length === 1;
    });
    t.ok(Date.now() - seen < 1_000, 'within a second');
    const closed = once(client, 'closed');
    const revoked = Date.now();
    await server.registry.revokeDevice(deviceId('watch-1'), 'unspecified', Date.now());
    t.match(await closed, [{ code: 4403, reconnectInMs: null }]);
    t.ok(Date.now() - revoked < 1_000, 'within a second');
  },
);
