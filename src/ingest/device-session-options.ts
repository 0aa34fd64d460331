import type { Clock, EpochMs } from '../core/clock.ts';
import type { DeviceId } from '../model/ids.ts';
import type { CloseCode } from '../protocol/close-codes.ts';
import type { Codec } from '../protocol/device-codec.ts';
import type { DeviceFrame, ServerToDeviceFrame, StatusFrame } from '../protocol/device-frames.ts';
import type { Transport } from '../protocol/transport.ts';
import type { IngestMetrics } from './ingest-metrics.ts';
import type { Pipeline } from './pipeline.ts';
import type { StreamLedger } from './stream-ledger.ts';

export interface DeviceSessionOptions {
  readonly id: string;
  readonly device: DeviceId;
  readonly transport: Transport;
  readonly codec: Codec<DeviceFrame, ServerToDeviceFrame>;
  readonly pipeline: Pipeline;
  readonly ledger: StreamLedger;
  readonly clock: Clock;
  readonly metrics: IngestMetrics;
  readonly heartbeatMs: number;
  readonly tokenExpires: EpochMs;
  /** Checks a token offered in-band for this device and certificate; null: it does not hold. */
  readonly verifyToken: (token: string) => Promise<{ readonly expires: EpochMs } | null>;
  /** The device was welcomed: it can be talked to. */
  readonly onWelcomed: () => void;
  /** An ack goes out with a commit to come: `committed` is to be called after it. */
  readonly onAwaitsCommit: () => void;
  /** When `lookAtAcks` is to be called, in place of what was said before; infinity: it need not be. Monotonic milliseconds. */
  readonly onAcksDue: (monotonic: number) => void;
  /** `lookAtLife` is to be called soon, whatever it said last. */
  readonly onLifeChanged: () => void;
  /** The device sent too much and is not read: `refill` is to be called several times a second, until it is. */
  readonly onRateExceeded: () => void;
  /** `askForMissed` is to be called several times a second, until nothing `isMissed`. */
  readonly onMissed: () => void;
  /** Nothing of it is due any more. Told once. */
  readonly onOver: () => void;
  /** Battery and wear, for presence. */
  readonly onStatus: (frame: StatusFrame) => void;
  readonly onResult: (id: string, ok: boolean, message: string | null) => void;
  /** The session closed itself; the socket may take a while longer. */
  readonly onClosed: (code: CloseCode, problem: string, inside: unknown) => void;
}
