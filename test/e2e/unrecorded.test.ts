import { once } from 'node:events';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import t from 'tap';
import type { DeviceClient } from '../../src/client/device-client.ts';
import type { FeedFrameOf } from '../../src/client/feed-events.ts';
import { eventually } from '../support/eventually.ts';
import { rest } from '../support/rest.ts';
import { runningServer } from '../support/running-server.ts';

const FRAMES = 20;

/** A second of heart rates after the other, a frame each. */
async function send(client: DeviceClient, heartRate: number, from: number): Promise<void> {
  for (let s = 0; s < FRAMES; s++) {
    client.sendVitals([{ t: from + s * 1_000, heart_rate: heartRate + (s % 3) }]);
    await new Promise(setImmediate);
  }
}

t.test(
  'while the disk does not answer, and when it has failed, alarms flow and nothing is acked',
  async (t) => {
    const server = await runningServer(t);
    const token = await server.token('nurse-1');
    const feed = server.feed(token);
    const services: FeedFrameOf<'service'>[] = [];
    const raised: string[] = [];
    feed.on('service', (frame) => services.push(frame));
    feed.on('alarm', ({ event, alarm }) => {
      if (event === 'raised' && alarm.kind === 'physiological' && alarm.cause === 'limit')
        raised.push(`${alarm.patient} ${alarm.direction}${alarm.retrospective ? ' retrospective' : ''}`);
    });
    await feed.subscribe({ ward: 'ward-1' });
    await once(feed, 'snapshot');
    const watch = server.client(await server.wearable('watch-1', 'p-1'));
    await once(watch, 'connected');
    const coming = await server.wearable('watch-2', 'p-2');
    const from = Date.now() - 50_000;

    // Another process that holds the journal's lock looks like a disk that does not answer.
    const other = new DatabaseSync(join(server.directory, 'var', 'journal.db'));
    t.teardown(() => other.close());
    other.exec('BEGIN IMMEDIATE');
    await send(watch, 180, from);
    await eventually(() => services.length > 0);
    t.match(services, [{ recording: 'delayed', reason: 'stalled' }]);
    const late = server.client(coming);
    await once(late, 'connected');
    await send(late, 30, from);
    await eventually(() => raised.includes('p-2 low'));
    t.same(raised, ['p-1 high', 'p-2 low']);
    t.equal(watch.stats.ackedFrames + late.stats.ackedFrames, 0);
    t.match((await rest(server, null, '/readyz')).body, { state: 'degraded' });

    other.exec('ROLLBACK');
    await Promise.all([watch.drain({ timeoutMs: 10_000 }), late.drain({ timeoutMs: 10_000 })]);
    await eventually(() => services.at(-1)?.recording === 'ok');
    await server.app.drained();
    for (const patient of ['p-1', 'p-2']) {
      const history = await rest(
        server,
        token,
        `/v1/patients/${patient}/vitals?vital=heart_rate&from=${from}&to=${from + 60_000}`,
      );
      t.equal((history.body.values as unknown[]).length, FRAMES, 'each sample is stored once');
    }
    t.same(raised, ['p-1 high', 'p-2 low'], 'nothing is raised a second time');

    other.exec('DROP TABLE batches');
    const acked = watch.stats.ackedFrames;
    await send(watch, 30, from + FRAMES * 1_000);
    await server.app.failed;
    await eventually(() => services.at(-1)?.reason === 'failed');
    await eventually(() => raised.includes('p-1 low'));
    t.match(await rest(server, null, '/readyz'), { status: 503, body: { state: 'failed' } });
    t.ok(server.log.some((line) => line.includes('"journal_failed"')));
    t.equal(watch.stats.ackedFrames, acked);
    t.ok(watch.stats.connected, 'the session stays open');
    const closed = once(watch, 'closed');
    await server.app[Symbol.asyncDispose]();
    t.match(await closed, [{ code: 1012 }], 'and is told to come back to the process that follows');
  },
);
