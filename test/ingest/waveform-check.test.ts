import t from 'tap';
import { checkWaveform } from '../../src/ingest/waveform-check.ts';
import type { WaveformFrame } from '../../src/protocol/device-frames.ts';
import { MAX_AHEAD_MS } from '../../src/protocol/limits.ts';

const NOW = 1_772_438_401_000;
const RETENTION_MS = 30 * 86_400_000;
const chunk = (fields: Partial<WaveformFrame>) =>
  checkWaveform(
    { type: 'waveform', seq: 1, signal: 'ppg', t: NOW, rate_hz: 25, values: [1, 2], ...fields },
    NOW,
    RETENTION_MS,
  );

t.test('the last value of a chunk is no further ahead than a sample may be', async (t) => {
  const values = new Array(2_000).fill(1);
  t.match(chunk({ values, rate_hz: 25 }), { ok: true });
  t.match(chunk({ rate_hz: 1_000 / MAX_AHEAD_MS }), { ok: true }, 'just as far');
  t.match(chunk({ rate_hz: 999 / MAX_AHEAD_MS }), { ok: false, code: 'time_ahead' }, 'and no further');
  t.match(chunk({ values, rate_hz: 0.001 }), { ok: false, code: 'time_ahead' });
  t.match(chunk({ rate_hz: Number.MIN_VALUE }), { ok: false, code: 'time_ahead' }, 'a rate that has no time');
  t.match(chunk({ values: [1], rate_hz: Number.MIN_VALUE }), { ok: true }, 'one value has no interval');
});
