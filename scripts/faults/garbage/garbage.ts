import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { sleep, systemClock } from '../../../src/core/clock.ts';
import { CodedError } from '../../../src/core/coded-error.ts';
import type { Rig } from '../../rig/rig.ts';
import { metricsOf, residentMiB } from '../../rig/server-state.ts';
import { DeviceRecord } from '../fleet/device-record.ts';
import { runLoadTrial } from '../fleet/load-trial.ts';
import { ackFault, Phases } from '../fleet/phases.ts';
import type { Scenario, TrialContext, TrialOutcome } from '../scenario.ts';
import type { HostileOrder, HostileReport } from './hostile-order.ts';

const PEERS = fileURLToPath(new URL('./hostile-peers.ts', import.meta.url));
const DEVICES = 10;
const RATE = 500;
const HOSTILE = { peers: 8, frames: 20_000, rate: 3_000 };
/** What the process may hold more of when all is over: memory that V8 and the allocator keep for the next time is in it. */
const MAX_GROWTH_MIB = 120;
/** What of it may be in use: how far the lowest use of the heap may have risen, garbage of the last collection included. */
const MAX_LIVE_GROWTH_MIB = 64;
const HEAP_LOOKS = 30;
const HEAP_LOOK_MS = 100;

/** Peers that are let in send nothing that is right, beside good devices. */
function trial(context: TrialContext): Promise<TrialOutcome> {
  const frames = context.asked.frames ?? HOSTILE.frames;
  return runLoadTrial({
    ...{ name: 'garbage', context, devices: DEVICES, rate: context.asked.rate ?? RATE },
    harm: async ({ rig, fleet, random, signal, complain, late, judgeToo }) => {
      const devices = await rig.devices(HOSTILE.peers, 'hostile');
      await rig.seen();
      const peers = devices.map(({ identity }) => ({
        cert: identity.cert.toString(),
        key: identity.key.toString(),
      }));
      // They send nothing that may be kept: what is found of them is too much.
      for (const { device, patient } of devices) judgeToo(new DeviceRecord(device, patient));
      // A first few, so that what is made once is there before memory is looked at.
      await send({ ...order(rig, peers), frames: 2_000, seed: random.below(2 ** 31) }, signal);
      await using phases = new Phases(fleet, rig.server.directory);
      const memory_before_mib = residentMiB(rig);
      const heap_before_mib = await leastHeapMiB(rig, signal);
      const before = phases.end();
      const { pid } = rig.server;
      const report = await send({ ...order(rig, peers), frames, seed: random.below(2 ** 31) }, signal);
      const during = phases.end();
      if (rig.server.pid !== pid || rig.server.hasEnded) complain('the server ended');
      const slow = ackFault('of good devices', during, before);
      if (slow !== null) late(slow);
      const others = Object.entries(report.others).map(([code, count]) => `${count} with ${code}`);
      if (others.length > 0)
        complain(`connections ended otherwise than with 4400 or 1007: ${others.join(', ')}`);
      const live_growth_mib = (await leastHeapMiB(rig, signal)) - heap_before_mib;
      if (live_growth_mib > MAX_LIVE_GROWTH_MIB)
        complain(`${live_growth_mib} MiB more of the heap are in use`);
      const grown_mib = residentMiB(rig) - memory_before_mib;
      if (grown_mib > MAX_GROWTH_MIB) complain(`the server grew by ${grown_mib} MiB`);
      return {
        malformed: report.sent,
        refused: report.refused,
        connections: report.connections,
        closed: report.closed,
        ack_p99_before_ms: before.ackP99Ms,
        ack_p99_during_ms: during.ackP99Ms,
        harness_p99_ms: during.harnessP99Ms,
        ...{ memory_before_mib, grown_mib, heap_before_mib, live_growth_mib },
      };
    },
  });
}

/** The least of the heap that was in use while good devices stream: what is above it is garbage not yet collected. */
async function leastHeapMiB(rig: Rig, signal: AbortSignal): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let look = 0; look < HEAP_LOOKS; look++) {
    await sleep(systemClock(), HEAP_LOOK_MS, signal);
    const bytes = (await metricsOf(rig)).get('nodejs_heap_size_used_bytes') ?? least;
    least = Math.min(least, bytes);
  }
  return Math.round(least / 2 ** 20);
}

function order(rig: Rig, peers: HostileOrder['peers']): Omit<HostileOrder, 'frames' | 'seed'> {
  return { url: rig.server.deviceUrl, ca: rig.ca.toString(), peers, rate: HOSTILE.rate };
}

/** Resolves when all is sent. @throws CodedError `hostile_peers_failed`; the signal's reason */
async function send(what: HostileOrder, signal: AbortSignal): Promise<HostileReport> {
  const child = fork(PEERS, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const done = Promise.withResolvers<HostileReport>();
  const abort = (): void => done.reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  child.on('message', (message: { readonly report?: HostileReport }) => {
    if (message.report !== undefined) done.resolve(message.report);
  });
  child.once('exit', (code) =>
    done.reject(new CodedError('hostile_peers_failed', `the hostile peers ended with ${code}`)),
  );
  child.send(what);
  try {
    return await done.promise;
  } finally {
    signal.removeEventListener('abort', abort);
    child.kill();
  }
}

export const GARBAGE: Scenario = {
  name: 'garbage',
  about:
    'peers that are let in send malformed frames beside good devices (--frames): no crash, no growth, good acks in time',
  run: trial,
};
