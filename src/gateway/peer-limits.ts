import type { Clock } from '../core/clock.ts';
import { lateRenewalAllowed } from '../identity/late-renewal.ts';
import type { Log } from '../observe/log.ts';
import type { Metrics } from '../observe/metrics.ts';
import type { Registry } from '../registry/registry.ts';
import { ClientCertificateGate } from './client-certificate-gate.ts';
import { DeviceHoldOff } from './device-hold-off.ts';
import { RefusalLog } from './refusal-log.ts';
import {
  type UnauthenticatedBounds,
  UnauthenticatedSockets,
  unauthenticatedMetrics,
} from './unauthenticated-sockets.ts';

export interface PeerLimitsOptions {
  /** Of each listener: a flood at one does not close the other. */
  readonly unauthenticated: UnauthenticatedBounds;
  readonly connectsPerMinute: number;
  readonly registry: Registry;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** What bounds peers before, and after, it is known who they are: the options of both listeners. */
export interface PeerLimits extends Disposable {
  readonly device: {
    readonly gate: ClientCertificateGate;
    readonly unauthenticated: UnauthenticatedSockets;
    readonly holdOff: DeviceHoldOff;
    readonly denials: RefusalLog;
  };
  readonly clinician: { readonly unauthenticated: UnauthenticatedSockets; readonly denials: RefusalLog };
}

export function peerLimits(options: PeerLimitsOptions): PeerLimits {
  const { registry, clock, log, connectsPerMinute: perMinute } = options;
  const metrics = unauthenticatedMetrics(options.metrics);
  const socketsOf = (listener: string): UnauthenticatedSockets =>
    new UnauthenticatedSockets({ ...options.unauthenticated, listener, clock, log, metrics });
  const denialsOf = (listener: string): RefusalLog =>
    new RefusalLog({ log, clock, listener, of: 'requests' });
  const device = {
    gate: new ClientCertificateGate((thumbprint) => lateRenewalAllowed(registry, thumbprint, clock.now())),
    unauthenticated: socketsOf('device'),
    holdOff: new DeviceHoldOff({ perMinute, clock, log, metrics: options.metrics }),
    denials: denialsOf('device'),
  };
  const clinician = { unauthenticated: socketsOf('clinician'), denials: denialsOf('clinician') };
  return {
    device,
    clinician,
    [Symbol.dispose]() {
      for (const { unauthenticated, denials } of [device, clinician]) {
        unauthenticated[Symbol.dispose]();
        denials[Symbol.dispose]();
      }
    },
  };
}
