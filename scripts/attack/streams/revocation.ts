import type { AttackStage } from '../attack-stage.ts';
import type { GoodDevice } from '../enrolled.ts';
import { type CutOff, type CutOffTrials, cutOffTrials } from './cut-off-trials.ts';

type TrialSize = Pick<CutOffTrials, 'trials' | 'random' | 'progress' | 'signal'>;

/** Of a token that expires, how long it holds from the opening of the stream. Seconds. */
const SHORT_TTL_S = 3;

/**
 * Devices are revoked, have their certificate revoked, or are suspended, in turn, by a process that is not the
 * server's. Counted from when that is durable.
 */
export function revokeWhileStreaming(stage: AttackStage, size: TrialSize): Promise<CutOff> {
  const { registry } = stage;
  const ways: readonly ((device: GoodDevice) => Promise<void>)[] = [
    ({ id }) => registry.revokeDevice(id, 'keyCompromise', Date.now()),
    ({ thumbprint }) => registry.endCertificate(thumbprint, 'keyCompromise', Date.now()),
    ({ id }) => registry.setDeviceStatus(id, 'suspended'),
  ];
  return cutOffTrials(stage, {
    ...size,
    name: 'revoked',
    tokenTtlS: 3_600,
    code: 4403,
    async end(device, trial) {
      await ways[trial % ways.length]?.(device);
      return performance.now();
    },
  });
}

/** Tokens expire while their devices stream. Counted from the second they expire in. */
export function expireWhileStreaming(stage: AttackStage, size: TrialSize): Promise<CutOff> {
  return cutOffTrials(stage, {
    ...size,
    name: 'expired',
    tokenTtlS: SHORT_TTL_S,
    code: 4401,
    end: (_device, _trial, tokenExpires) => Promise.resolve(tokenExpires - performance.timeOrigin),
  });
}
