import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { readCorpus } from '../../scripts/fuzz/corpus.ts';
import { Tally } from '../../scripts/fuzz/fuzz-case.ts';
import { judgeCodec } from '../../scripts/fuzz/oracle/codec-oracle.ts';
import { deviceSide, feedSide } from '../../scripts/fuzz/targets/codec-target.ts';
import { CBOR_SUBPROTOCOL, JSON_SUBPROTOCOL } from '../../src/protocol/device-codec.ts';
import { DEVICE_TO_SERVER } from '../../src/protocol/device-frames.ts';
import { CLIENT_TO_FEED } from '../../src/protocol/feed-commands.ts';
import { corpusLine, makeCorpus } from './write-corpus.ts';

const CORPUS = join(import.meta.dirname, 'corpus');
const recorded = readCorpus(CORPUS);
const sides = {
  'device-json': { side: deviceSide(JSON_SUBPROTOCOL), types: Object.keys(DEVICE_TO_SERVER) },
  'device-cbor': { side: deviceSide(CBOR_SUBPROTOCOL), types: Object.keys(DEVICE_TO_SERVER) },
  feed: { side: feedSide(), types: Object.keys(CLIENT_TO_FEED) },
};

t.test('every recorded frame is taken or refused as it was when it was recorded', async (t) => {
  for (const { name, codec, accepted, data } of recorded) {
    const { side } = sides[codec];
    t.equal(judgeCodec(side, data, codec === 'device-cbor', new Tally()), null, `${codec} ${name}`);
    t.equal(side.decode(data, codec === 'device-cbor').ok, accepted, `${codec} ${name} is as it was`);
  }
});

t.test('the corpus has frames of every type that there is now', async (t) => {
  for (const [codec, { types }] of Object.entries(sides)) {
    const good = recorded.filter((frame) => frame.codec === codec && frame.accepted);
    const known = new Set(good.map(({ name }) => name.split(' ')[0]));
    t.strictSame(
      [...known].sort(),
      [...types].sort(),
      `${codec}: node test/fuzz/write-corpus.ts writes it anew`,
    );
  }
});

t.test('the corpus is made the same each time', async (t) => {
  t.same(makeCorpus().map(corpusLine), makeCorpus().map(corpusLine));
  t.ok(readFileSync(join(CORPUS, 'frames.ndjson'), 'utf8').length > 10_000);
});

t.test('a file that holds no recorded frames is told', async (t) => {
  t.throws(() => readCorpus(t.testdir({ 'a.ndjson': '{"name":"x"}\n' })), {
    code: 'options_invalid',
    message: /line 1/,
  });
  t.throws(() => readCorpus(t.testdir({ b: '' })), { code: 'options_invalid', message: /no \.ndjson file/ });
});
