import type { Metrics } from '../observe/metrics.ts';
import { CLOSE_CODES } from '../protocol/close-codes.ts';

/** What is counted of the device side. Labels are of low cardinality: never a device or a patient. */
export interface IngestMetrics {
  samples(accepted: number, rejected: number): void;
  frame(type: string): void;
  duplicate(): void;
  gap(): void;
  /** Frames that were heard while the journal took none. */
  unrecorded(frames: number): void;
  opened(): void;
  /** @param code as the socket ended; what is not in the table of close codes is counted as `other`. */
  closed(code: number): void;
}

/** Ingest counters in the given metrics registry. */
export function ingestMetrics(metrics: Metrics): IngestMetrics {
  let accepted = 0;
  let rejected = 0;
  metrics.countedEach('vitalwire_samples_total', 'Samples received, by outcome.', ['outcome'], () => [
    { labels: { outcome: 'accepted' }, value: accepted },
    { labels: { outcome: 'rejected' }, value: rejected },
  ]);
  const frames = new Map<string, number>();
  metrics.countedEach(
    'vitalwire_device_frames_total',
    'Frames received from devices, by type.',
    ['type'],
    () => [...frames].map(([type, value]) => ({ labels: { type }, value })),
  );
  const repeats = metrics.counter(
    'vitalwire_device_sequence_total',
    'Frames out of sequence: duplicates and gaps.',
    ['kind'],
  );
  const unrecorded = metrics.counter(
    'vitalwire_ingest_unrecorded_frames_total',
    'Frames evaluated and relayed while the journal took none; they are recorded when the device sends them again.',
  );
  const sessions = metrics.gauge('vitalwire_device_sessions', 'Device sockets open now.');
  const closes = metrics.counter(
    'vitalwire_device_closes_total',
    'Device sockets that ended, by close code.',
    ['code'],
  );
  return {
    samples(good, bad) {
      accepted += good;
      rejected += bad;
    },
    frame(type) {
      frames.set(type, (frames.get(type) ?? 0) + 1);
    },
    duplicate: () => repeats.inc({ kind: 'duplicate' }),
    gap: () => repeats.inc({ kind: 'gap' }),
    unrecorded: (frames) => unrecorded.inc(frames),
    opened: () => sessions.inc(),
    closed(code) {
      sessions.dec();
      closes.inc({ code: Object.hasOwn(CLOSE_CODES, code) ? String(code) : 'other' });
    },
  };
}
