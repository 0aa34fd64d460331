import t from 'tap';
import { RefusalLog } from '../../src/gateway/refusal-log.ts';
import { createLog } from '../../src/observe/log.ts';
import { manualClock } from '../support/manual-clock.ts';

function world() {
  const clock = manualClock();
  const lines: { event?: string; reason?: string; more?: number }[] = [];
  const log = createLog('info', { write: (line: string) => void lines.push(JSON.parse(line)) });
  return { clock, lines, refusals: new RefusalLog({ log, clock, listener: 'device' }) };
}

t.test(
  'a flood of refused handshakes becomes a bounded number of lines, and its count is told',
  async (t) => {
    const { clock, lines, refusals } = world();
    using _ = refusals;
    const flood = (peers: number): void => {
      for (let peer = 0; peer < peers; peer += 1) refusals.refused('EXPIRED', 'it expired', '192.0.2.1');
    };
    flood(5_000);
    t.equal(lines.length, 100);
    t.match(lines[0], { event: 'tls_refused', reason: 'it expired', remote: '192.0.2.1' });
    refusals.refused('TIMEOUT', 'too slow', '192.0.2.2');
    t.match(lines[100], { reason: 'too slow' }, 'a flood of one kind hides no other');
    clock.advance(10_000);
    t.match(lines[101], { event: 'tls_refused', reason: 'EXPIRED', more: 4_900 });
    flood(1);
    t.equal(lines.length, 103, 'and then every one has a line again');
    clock.advance(10_000);
    t.equal(lines.length, 103, 'nothing is told of nothing');
  },
);

t.test('kinds without end are one kind', async (t) => {
  const { lines, refusals } = world();
  using _ = refusals;
  for (let kind = 0; kind < 1_000; kind += 1) refusals.refused(`E${kind}`, 'odd', undefined);
  t.equal(lines.length, 30 + 100);
});
