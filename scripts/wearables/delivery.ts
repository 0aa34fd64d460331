import type { DeviceClient } from '../../src/client/device-client.ts';
import type { RejectCode } from '../../src/protocol/reject-codes.ts';
import { counted } from '../counted.ts';

/** What became of a device's moments, for a summary. */
export interface Delivery {
  readonly device: string;
  readonly patient: string | null;
  readonly samples_sent: number;
  readonly samples_acked: number;
  readonly samples_rejected: number;
  /** Why, with how many each. */
  readonly rejected_because: Readonly<Partial<Record<RejectCode, number>>>;
  readonly samples_dropped: number;
  readonly waveform_chunks: number;
  readonly reconnects: number;
  /** Frames without an ack at the end. */
  readonly frames_pending: number;
}

export function deliveryOf(
  client: DeviceClient,
  facts: Pick<Delivery, 'device' | 'patient' | 'samples_sent' | 'waveform_chunks'>,
): Delivery {
  const { ackedSamples, rejectedSamples, rejectedByCode, droppedSamples, reconnects, pendingFrames } =
    client.stats;
  return {
    ...facts,
    samples_acked: ackedSamples,
    samples_rejected: rejectedSamples,
    rejected_because: rejectedByCode,
    samples_dropped: droppedSamples,
    reconnects,
    frames_pending: pendingFrames,
  };
}

export type Totals = Omit<Delivery, 'device' | 'patient'> & { readonly devices: number };

export function totalsOf(deliveries: readonly Delivery[]): Totals {
  const sum = (value: (delivery: Delivery) => number): number =>
    deliveries.reduce((total, delivery) => total + value(delivery), 0);
  return {
    devices: deliveries.length,
    samples_sent: sum((d) => d.samples_sent),
    samples_acked: sum((d) => d.samples_acked),
    samples_rejected: sum((d) => d.samples_rejected),
    rejected_because: reasonsOf(deliveries),
    samples_dropped: sum((d) => d.samples_dropped),
    waveform_chunks: sum((d) => d.waveform_chunks),
    reconnects: sum((d) => d.reconnects),
    frames_pending: sum((d) => d.frames_pending),
  };
}

function reasonsOf(deliveries: readonly Delivery[]): Delivery['rejected_because'] {
  const reasons: Partial<Record<RejectCode, number>> = {};
  for (const { rejected_because: own } of deliveries)
    for (const [code, count] of Object.entries(own) as [RejectCode, number][])
      reasons[code] = (reasons[code] ?? 0) + count;
  return reasons;
}

/** The totals as people read them. */
export function describeTotals(totals: Totals, seconds: number): string {
  const reasons = Object.entries(totals.rejected_because).map(([code, count]) => `${code} ${count}`);
  const because = reasons.length === 0 ? '' : ` (${reasons.join(', ')})`;
  const parts = [
    counted(totals.devices, 'device'),
    `${counted(totals.samples_sent, 'sample')} sent`,
    `${totals.samples_acked} acked`,
    `${totals.samples_rejected} rejected${because}`,
  ];
  if (totals.samples_dropped > 0) parts.push(`${totals.samples_dropped} dropped`);
  if (totals.waveform_chunks > 0) parts.push(counted(totals.waveform_chunks, 'waveform chunk'));
  if (totals.frames_pending > 0) parts.push(`${counted(totals.frames_pending, 'frame')} without an ack`);
  if (totals.reconnects > 0) parts.push(counted(totals.reconnects, 'reconnect'));
  return `${parts.join(', ')} in ${seconds.toFixed(1)} s`;
}
