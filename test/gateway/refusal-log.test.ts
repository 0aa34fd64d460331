import { readFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { join } from 'node:path';
import t from 'tap';
import { RefusalLog } from '../../src/gateway/refusal-log.ts';
import { createLog } from '../../src/observe/log.ts';
import { manualClock } from '../support/manual-clock.ts';
import { ask } from '../support/raw-device.ts';
import { runningServer } from '../support/running-server.ts';

function world() {
  const clock = manualClock();
  const lines: { event?: string; reason?: string; more?: number }[] = [];
  const log = createLog('info', { write: (line: string) => void lines.push(JSON.parse(line)) });
  return { clock, lines, refusals: new RefusalLog({ log, clock, listener: 'device', of: 'handshakes' }) };
}

t.test(
  'a flood of refused handshakes becomes a bounded number of lines, and its count is told',
  async (t) => {
    const { clock, lines, refusals } = world();
    using _ = refusals;
    const flood = (peers: number): void => {
      for (let peer = 0; peer < peers; peer += 1)
        refusals.refused('EXPIRED', { reason: 'it expired', remote: '192.0.2.1' });
    };
    flood(5_000);
    t.equal(lines.length, 100);
    t.match(lines[0], { event: 'tls_refused', reason: 'it expired', remote: '192.0.2.1' });
    refusals.refused('TIMEOUT', { reason: 'too slow', remote: '192.0.2.2' });
    t.match(lines[100], { reason: 'too slow' }, 'a flood of one kind hides no other');
    clock.advance(10_000);
    t.match(lines[101], { event: 'tls_refused', reason: 'EXPIRED', more: 4_900 });
    flood(1);
    t.equal(lines.length, 103, 'and then every one has a line again');
    clock.advance(10_000);
    t.equal(lines.length, 103, 'nothing is told of nothing');
  },
);

t.test('a stranger that sends bad tokens over one connection does not fill the log', async (t) => {
  const server = await runningServer(t);
  const ca = readFileSync(join(server.directory, 'certs', 'root-ca.crt'));
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const headers = { authorization: 'Bearer e30.e30.e30' };
  const attempts = 150;
  const answers = await Promise.all(
    Array.from({ length: attempts }, () => ask(`${server.clinicianUrl}/v1/patients`, { ca, agent, headers })),
  );
  agent.destroy();
  t.ok(answers.every(({ status }) => status === 401));
  const denied = server.log.map((line) => JSON.parse(line)).filter(({ event }) => event === 'denied');
  t.equal(denied.length, 100);
  t.match(denied[0], { code: 'token_invalid', route: '/v1/patients', remote: /127\.0\.0\.1|::1/ });
});

t.test('kinds without end are one kind', async (t) => {
  const { lines, refusals } = world();
  using _ = refusals;
  for (let kind = 0; kind < 1_000; kind += 1) refusals.refused(`E${kind}`, { reason: 'odd' });
  t.equal(lines.length, 30 + 100);
});
