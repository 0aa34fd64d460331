import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import t from 'tap';
import { FarNetwork, networkMissing } from '../../../scripts/faults/half-open/far-network.ts';
import { eventually } from '../../support/eventually.ts';

const missing = networkMissing();

/** What `ip netns` says in words, without its last line end. */
function netns(...parameters: readonly string[]): string {
  return execFileSync('ip', ['netns', ...parameters], { encoding: 'utf8' }).trim();
}

t.test(
  'a relay that a Ctrl-C has ended with the harness leaves no network behind',
  {
    skip: missing ?? false,
    timeout: 10_000,
  },
  async (t) => {
    const network = new FarNetwork();
    const name = `vitalwire-${process.pid}`;
    await network.relayTo(9);
    t.match(netns('list'), name);
    // A terminal sends it to the whole group of processes.
    const relay = netns('pids', name);
    process.kill(Number(relay), 'SIGINT');
    await eventually(() => !existsSync(`/proc/${relay}`));
    await network[Symbol.asyncDispose]();
    t.notMatch(netns('list'), name);
  },
);
