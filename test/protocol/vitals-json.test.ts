import fc from 'fast-check';
import t from 'tap';
import { VITAL_NAMES } from '../../src/model/vital.ts';
import { serverCodecs } from '../../src/protocol/device-codec.ts';
import { SAMPLES_TEXT, VitalsJsonReader } from '../../src/protocol/vitals-json.ts';

const reader = new VitalsJsonReader();
const read = (text: string) => reader.read(Buffer.from(text));

const value = fc.oneof(
  fc.integer({ min: -50, max: 300 }),
  fc.integer({ min: -10_000, max: 30_000 }).map((tenths) => tenths / 100),
);
const sample = fc
  .tuple(fc.nat({ max: 2 ** 45 }), fc.dictionary(fc.constantFrom(...VITAL_NAMES), value, { minKeys: 1 }))
  .map(([t, vitals]) => ({ t, ...vitals }));
const frame = fc.record({
  type: fc.constant('vitals'),
  seq: fc.integer({ min: 1, max: 1e14 }),
  samples: fc.array(sample, { minLength: 1, maxLength: 8 }),
});

t.test('what JSON.stringify writes is read, and the samples’ text says nothing but them', async () => {
  fc.assert(
    fc.property(frame, (of) => {
      const plain = read(JSON.stringify(of));
      t.same({ ...plain }, { ...of, [SAMPLES_TEXT]: JSON.stringify(of.samples) });
      t.equal(plain?.[SAMPLES_TEXT], JSON.stringify(of.samples));
    }),
    { numRuns: 200 },
  );
});

t.test('whatever stands there, it is read as JSON.parse reads it, or not at all', async () => {
  let plain = 0;
  const changed = fc
    .tuple(
      frame,
      fc.array(
        fc.tuple(fc.nat({ max: 300 }), fc.constantFrom(...'0123456789-.,:{}[]"eEtsp \n'), fc.boolean()),
      ),
    )
    .map(([of, edits]) =>
      edits.reduce(
        (text, [at, sign, replaces]) => text.slice(0, at) + sign + text.slice(replaces ? at + 1 : at),
        JSON.stringify(of),
      ),
    );
  fc.assert(
    fc.property(changed, (text) => {
      const frame = read(text);
      if (frame === null) return;
      plain += 1;
      const { type, seq, samples } = JSON.parse(text);
      t.same({ type: frame.type, seq: frame.seq, samples: frame.samples }, { type, seq, samples });
      t.same(JSON.parse(frame[SAMPLES_TEXT]), samples);
    }),
    { numRuns: 3_000 },
  );
  t.ok(plain > 100, `${plain} were read`);
});

t.test('what is not plain goes the usual way', async (t) => {
  const good = '{"type":"vitals","seq":7,"samples":[{"t":1,"spo2":97}]}';
  t.ok(read(good));
  for (const [what, text] of [
    ['spaces', good.replace(':7', ': 7')],
    ['another order', '{"seq":7,"type":"vitals","samples":[{"t":1,"spo2":97}]}'],
    ['an exponent', good.replace('97', '9.7e1')],
    ['a leading zero', good.replace('97', '097')],
    ['no digit before the point', good.replace('97', '.5')],
    ['no digit after it', good.replace('97', '97.')],
    ['more digits than are exact', good.replace('97', '97.123456789012345')],
    ['an unknown vital', good.replace('spo2', 'spo3')],
    ['a prototype', good.replace('spo2', '__proto__')],
    ['a quality', good.replace('"spo2":97', '"spo2":97,"quality":"motion"')],
    ['no time', good.replace('"t":1,', '')],
    ['no samples', '{"type":"vitals","seq":7,"samples":[]}'],
    ['seq 0', good.replace(':7', ':0')],
    ['a seq that is no integer', good.replace(':7', ':7.5')],
    ['a further field', good.replace(/}$/, ',"text":"[]"}')],
    ['something behind it', `${good} `],
    ['half of it', good.slice(0, -1)],
    [
      'more moments than a frame may have',
      `{"type":"vitals","seq":7,"samples":[${Array(501).fill('{"t":1,"spo2":97}')}]}`,
    ],
  ] as const)
    t.equal(read(text), null, what);
});

t.test('a peer cannot give a text of its own to its samples', async (t) => {
  const codec = serverCodecs()['vitalwire.v1.json'];
  const claimed = '{"type":"vitals","seq":7,"samples":[{"t":1,"spo2":97}],"text":"[]"}';
  const decoded = codec.decode(Buffer.from(claimed), false);
  t.equal(decoded.ok && SAMPLES_TEXT in decoded.frame, false);
  const plain = codec.decode(Buffer.from('{"type":"vitals","seq":7,"samples":[{"t":1,"spo2":97}]}'), false);
  t.equal(plain.ok && SAMPLES_TEXT in plain.frame, true, 'and the usual frame is read quickly');
});
