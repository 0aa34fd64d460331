import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { deviceId } from '../../src/model/ids.ts';
import { sqliteStore } from '../../src/store/store-sqlite.ts';
import type { AttackResult, CutOffCounts } from './attack-result.ts';
import { type AttackStage, attackStage } from './attack-stage.ts';
import { attackCertificates } from './certificates/certificate-attack.ts';
import { Seeded } from './seeded.ts';
import type { AfterTheEnd, CutOff } from './streams/cut-off-trials.ts';
import { expireWhileStreaming, revokeWhileStreaming } from './streams/revocation.ts';
import { floodSockets, percentile } from './streams/socket-flood.ts';
import { attackTokens } from './tokens/token-attack.ts';
import { attackWithVectors } from './vectors/vector-attack.ts';
import type { VectorFiles } from './vectors/vector-files.ts';

export interface AttackOptions {
  readonly seed: number;
  readonly certificates: number;
  readonly tokens: number;
  readonly controls: number;
  readonly revocations: number;
  readonly expiries: number;
  /** 0: none. */
  readonly sockets: number;
  readonly vectors: VectorFiles | null;
  readonly show: (progress: string) => void;
  readonly signal: AbortSignal;
}

/** Starts a server and does to it everything that security.md says must never work. */
export async function runAttack(options: AttackOptions): Promise<AttackResult> {
  const { seed, controls, signal, show, sockets } = options;
  const begin = performance.now();
  const random = new Seeded(seed);
  const plan = createHash('sha256');
  show('starting a server');
  await using stage = await attackStage();
  const sized = (name: string, attempts: number) => ({
    ...{ attempts, controls, signal, random: random.fork(name) },
    planned: (attempt: string) => void plan.update(`${name} ${attempt}\n`),
    progress: (done: number, of: number) => show(`${name}: ${done} of ${of}`),
  });
  const certificates = await attackCertificates(stage, sized('certificates', options.certificates));
  const tokens = await attackTokens(stage, sized('tokens', options.tokens));
  if (options.vectors) show(`vectors: ${options.vectors.vectors.length}`);
  const vectors = options.vectors && (await attackWithVectors(stage, options.vectors, signal));
  const revoked = await revokeWhileStreaming(stage, {
    ...sized('revocations', 0),
    trials: options.revocations,
  });
  const expired = await expireWhileStreaming(stage, { ...sized('expiries', 0), trials: options.expiries });
  if (sockets > 0) show(`${sockets} sockets that say nothing`);
  const flood = sockets > 0 ? await floodSockets(stage, sockets, signal) : null;
  const { server } = stage;
  const alive = server.alive;
  show('looking into the store');
  await server.stop();
  const counted = await storedAfter(stage, [revoked, expired]);
  return {
    seed,
    plan: plan.digest('hex').slice(0, 16),
    ...{ certificates, tokens },
    ...(vectors ? { vectors } : {}),
    revocation: cutOffCounts(revoked, counted[0] ?? 0),
    expiry: cutOffCounts(expired, counted[1] ?? 0),
    ...(flood ? { flood } : {}),
    server: {
      crashed: server.crashes,
      alive,
      errors: server.log.errors,
      refusals_logged: server.log.refusals,
    },
    seconds: Math.round((performance.now() - begin) / 100) / 10,
  };
}

function cutOffCounts({ lasted, neverClosed, otherCode }: CutOff, stored: number): CutOffCounts {
  const sorted = [...lasted].sort((a, b) => a - b);
  return {
    trials: lasted.length + neverClosed,
    p50_ms: percentile(sorted, 0.5),
    max_ms: percentile(sorted, 1),
    never_closed: neverClosed,
    other_code: otherCode,
    stored_after: stored,
  };
}

/** How many samples are in the store that were sent after the end: it is looked into when the server has left it. */
async function storedAfter({ server }: AttackStage, ended: readonly CutOff[]): Promise<readonly number[]> {
  await using store = sqliteStore({ path: join(server.data, 'telemetry.db') });
  const count = async (frames: readonly AfterTheEnd[]): Promise<number> => {
    let stored = 0;
    for (const { device, from, to } of frames) stored += await store.countSamples(deviceId(device), from, to);
    return stored;
  };
  return await Promise.all(ended.map(({ after }) => count(after)));
}
