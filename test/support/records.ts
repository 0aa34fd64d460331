import type { DeviceId, PatientId, StreamId } from '../../src/model/ids.ts';
import type { VitalsRecord } from '../../src/model/record.ts';

export const STREAM = '0198c0de-0000-7000-8000-000000000001' as StreamId;
const OTHER_STREAM = '0198c0de-0000-7000-8000-000000000002' as StreamId;
export const streams = [STREAM, OTHER_STREAM] as const;

/** A vitals frame as the pipeline journals it. */
export function aVitalsRecord(seq: number, device = 'D1' as DeviceId, stream = STREAM): VitalsRecord {
  const t = 1_700_000_000_000 + seq * 1_000;
  return {
    kind: 'vitals',
    device,
    stream,
    seq,
    received: t + 40,
    skew: 0,
    parts: [{ patient: 'P1' as PatientId, samples: [{ t, heart_rate: 72, spo2: 98, resp_rate: 14 }] }],
  };
}
