import t from 'tap';
import { OPCODE } from '../../../../scripts/bench/load/masked-frame.ts';
import {
  FRAMES_PER_DEVICE,
  VALUES_PER_DEVICE,
  type WaveformEncoding,
  waveformDialect,
} from '../../../../scripts/bench/load/waveform-dialect.ts';
import { CBOR_SUBPROTOCOL, JSON_SUBPROTOCOL, serverCodecs } from '../../../../src/protocol/device-codec.ts';
import type { DeviceFrame, WaveformFrame } from '../../../../src/protocol/device-frames.ts';

const PEER = { device: 'w-0', cert: '', key: '', token: '' };
const codecs = serverCodecs();

/** Frame `seq` as the server reads it, and its opcode. */
function read(encoding: WaveformEncoding, seq: number): { opcode: number; frame: DeviceFrame } {
  const bytes = waveformDialect(encoding, 0).begin(PEER).frame(seq, 1_772_438_400_000);
  const long = ((bytes[1] ?? 0) & 0x7f) === 126 ? 2 : 0;
  const mask = bytes.subarray(2 + long, 6 + long);
  const payload = bytes.subarray(6 + long).map((byte, i) => byte ^ (mask[i % 4] ?? 0));
  const subprotocol = encoding === 'json' ? JSON_SUBPROTOCOL : CBOR_SUBPROTOCOL;
  const decoded = codecs[subprotocol].decode(payload, encoding === 'cbor');
  if (!decoded.ok) throw new Error(decoded.problem);
  return { opcode: (bytes[0] ?? 0) & 0x0f, frame: decoded.frame };
}

t.test('both encodings carry the same frames', async (t) => {
  for (let seq = 1; seq <= 2 * FRAMES_PER_DEVICE; seq++) {
    const [json, cbor] = [read('json', seq), read('cbor', seq)];
    t.equal(json.opcode, OPCODE.text);
    t.equal(cbor.opcode, OPCODE.binary);
    const plain = ({ frame }: typeof cbor) =>
      JSON.parse(
        JSON.stringify(frame.type === 'waveform' ? { ...frame, values: Array.from(frame.values) } : frame),
      );
    t.same(plain(cbor), plain(json), `frame ${seq}`);
  }
});

t.test('a device sends a second of each trace, and vitals, in turn', async (t) => {
  const frames = [1, 2, 3].map((seq) => read('json', seq).frame);
  t.match(frames, [
    { type: 'waveform', seq: 1, signal: 'ecg_ii', rate_hz: 250 },
    { type: 'waveform', seq: 2, signal: 'ppg', rate_hz: 125 },
    { type: 'vitals', seq: 3 },
  ]);
  const traces = frames.filter((frame): frame is WaveformFrame => frame.type === 'waveform');
  t.equal(
    traces.reduce((sum, { values }) => sum + values.length, 0),
    VALUES_PER_DEVICE,
  );
});

t.test('values vary as an ECG does', async (t) => {
  const { frame } = read('json', 1);
  const values = frame.type === 'waveform' ? Array.from(frame.values) : [];
  t.ok(Math.max(...values) > 0.8 && Math.min(...values) < 0, 'it has an R peak and an S below the line');
  t.notSame(values, (read('json', 4).frame as WaveformFrame).values, 'and the next second is another');
});
