import t from 'tap';
import { FULL, QUICK } from '../../../../scripts/bench/handshake/handshake-plan.ts';
import { type HandshakePair, handshakeResult } from '../../../../scripts/bench/handshake/handshake-result.ts';
import { LatencyHistogram } from '../../../../scripts/bench/load/latency-histogram.ts';

const histogram = new LatencyHistogram();
histogram.add(4);
const LATENCY = histogram.summary();

function pair(full: number, resumed: number): HandshakePair {
  const connected = { connections: 300, resumed: 0, turnedAway: 2, seconds: 1.5, took: LATENCY };
  return { full: { cpuUs: full, connected }, resumed: { cpuUs: resumed, connected } };
}

const PAIRS = {
  product: [pair(2_000, 1_000), pair(2_000, 1_200), pair(1_000, 700)],
  bare: [pair(1_000, 500)],
};
const { full } = pair(1, 1);
const STORM = {
  handshake: 'full' as const,
  connected: full.connected,
  cpuUs: 2_500,
  latency: LATENCY,
  lateMs: 0.3,
};
const STORMS = { storms: [STORM], calm: LATENCY, blocks: [{ subject: 'product', acked: 5, journaled: 5 }] };

t.test('a resumed handshake is compared with the full one of its pair', async (t) => {
  const { figures } = handshakeResult(PAIRS, STORMS, FULL, []);
  const judged = figures.filter(({ target }) => target === 'P7');
  t.strictSame(
    judged.map(({ value, spread, at_most }) => ({ value, spread, at_most })),
    [{ value: 0.6, spread: [0.5, 0.7], at_most: 0.6 }],
  );
});

t.test('costs are milliseconds, and a core lets in as many as they leave it time for', async (t) => {
  const { figures } = handshakeResult(PAIRS, STORMS, FULL, []);
  const of = (name: string): number | undefined => figures.find((figure) => figure.name === name)?.value;
  t.equal(of('CPU a connection, product, full'), 2);
  t.equal(of('CPU a connection, bare ws, resumed'), 0.5);
  t.equal(of('connections that a core lets in, resumed'), 1_000);
  t.equal(of('300 back at once, full: all welcomed after'), 1.5);
  t.equal(of('300 back at once, full: turned away and come again'), 2);
});

t.test('what the load was late by, and what the blocks counted, is told', async (t) => {
  const { notes, blocks } = handshakeResult(PAIRS, STORMS, FULL, ['stored elsewhere']);
  t.match(notes.join('\n'), /late by \(p99\) full 0\.3 ms/);
  t.match(notes.join('\n'), /stored elsewhere/);
  t.strictSame(blocks, STORMS.blocks);
});

t.test('without a storm nothing is told of one', async (t) => {
  const { figures, charts, notes, blocks } = handshakeResult(PAIRS, null, QUICK, []);
  t.notOk(figures.some(({ name }) => /back at once|nobody comes/.test(name)));
  t.match([charts?.length, notes.length, blocks?.length], [1, 1, 0]);
});

t.test('without a baseline nothing is told of one', async (t) => {
  const { figures, charts } = handshakeResult({ ...PAIRS, bare: [] }, null, QUICK, []);
  t.notOk(figures.some(({ name, value }) => /bare ws/.test(name) || Number.isNaN(value)));
  t.match(charts, [{ bars: [{ name: 'product, full' }, { name: 'product, resumed' }] }]);
});
