import t from 'tap';
import { feedMetrics } from '../../src/feed/feed-metrics.ts';
import { ingestMetrics } from '../../src/ingest/ingest-metrics.ts';
import { createMetrics } from '../../src/observe/metrics.ts';
import { CLOSE_CODES } from '../../src/protocol/close-codes.ts';
import { D1, D2, ingestWorld, P1 } from '../support/ingest-world.ts';

/** Labels a series of the product itself may have: each has a few values, known beforehand. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  outcome: ['accepted', 'rejected'],
  type: ['hello', 'vitals', 'waveform', 'status', 'result', 'refresh'],
  kind: ['duplicate', 'gap'],
  code: [...Object.keys(CLOSE_CODES), 'other'],
};

function series(body: string): { name: string; labels: Record<string, string> }[] {
  return body
    .split('\n')
    .filter((line) => line.startsWith('vitalwire_'))
    .map((line) => {
      const [, name = '', inside = ''] = /^(\w+)(?:\{(.*)\})? /.exec(line) ?? [];
      const labels = [...inside.matchAll(/(\w+)="([^"]*)"/g)].map(([, label, value]) => [label, value]);
      return { name, labels: Object.fromEntries(labels) };
    });
}

t.test('the exposition is what Prometheus reads', async (t) => {
  const metrics = createMetrics();
  metrics.counter('vitalwire_a_total', 'A.', ['kind']).inc({ kind: 'x' }, 2);
  metrics.gauge('vitalwire_b', 'B.').set(7);
  let read = 0;
  metrics.observed('vitalwire_c', 'C.', () => ++read);
  const { contentType, body } = await metrics.exposition();
  t.match(contentType, /^text\/plain; version=0\.0\.4/);
  for (const line of [
    '# HELP vitalwire_a_total A.',
    '# TYPE vitalwire_a_total counter',
    'vitalwire_a_total{kind="x"} 2',
    'vitalwire_b 7',
    'vitalwire_c 1',
  ])
    t.ok(body.split('\n').includes(line), line);
  t.match(body, /^process_cpu_seconds_total /m, 'and the process itself is in it');
  t.match((await metrics.exposition()).body, /^vitalwire_c 2$/m, 'read at each scrape');
});

t.test('two parts of one process do not share a registry', async (t) => {
  const [one, two] = [createMetrics(), createMetrics()];
  for (const metrics of [one, two]) metrics.counter('vitalwire_a_total', 'A.').inc();
  t.match((await two.exposition()).body, /^vitalwire_a_total 1$/m);
});

t.test('a close code of nobody does not make a series of its own', async (t) => {
  const metrics = createMetrics();
  const [ingest, feed] = [ingestMetrics(metrics), feedMetrics(metrics)];
  for (let code = 3_000; code < 3_100; code++) {
    ingest.closed(code);
    feed.closed(code);
  }
  const closes = series((await metrics.exposition()).body).filter(({ name }) =>
    name.endsWith('closes_total'),
  );
  t.same(closes, [
    { name: 'vitalwire_device_closes_total', labels: { code: 'other' } },
    { name: 'vitalwire_feed_closes_total', labels: { code: 'other' } },
  ]);
});

t.test('whatever devices do, labels stay few and name nobody', async (t) => {
  const { connect, metrics } = await ingestWorld(t);
  for (const device of [D1, D2]) {
    const peer = connect(device);
    await peer.hello({ firmware: 'canary-firmware' });
    peer.vitals(1);
    peer.vitals(1);
    peer.vitals(5, { t: 1, spo2: 140 });
    peer.send({ type: 'waveform', seq: 2, signal: 'canary-signal', t: 1, rate_hz: 25, values: [1] });
    peer.sendRaw('{"type":"canary-type"}');
    peer.leave(4400);
  }
  const { body } = await metrics.exposition();
  t.notMatch(body, new RegExp(`canary|"${D1}"|"${D2}"|"${P1}"`));
  const found = series(body);
  t.ok(found.length > 5);
  for (const { name, labels } of found)
    for (const [label, value] of Object.entries(labels))
      t.ok(ALLOWED[label]?.includes(value), `${name} ${label}=${value}`);
});
