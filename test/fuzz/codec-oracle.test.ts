import t from 'tap';
import { Tally } from '../../scripts/fuzz/fuzz-case.ts';
import { CANARY } from '../../scripts/fuzz/input/hostile-atoms.ts';
import { type Codec, judgeCodec } from '../../scripts/fuzz/oracle/codec-oracle.ts';
import { deviceSide } from '../../scripts/fuzz/targets/codec-target.ts';
import { JSON_SUBPROTOCOL } from '../../src/protocol/device-codec.ts';

const good = deviceSide(JSON_SUBPROTOCOL);
const status = Buffer.from('{"type":"status","seq":1}');
/** What the oracle says of a codec with a fault planted in it. */
const verdict = (planted: Partial<Codec>, data: Uint8Array = status): string | undefined =>
  judgeCodec({ ...good, ...planted }, data, false, new Tally())?.kind;
const taking = (frame: object): Partial<Codec> => ({ decode: () => ({ ok: true, frame }) });
const refusing = (problem: string): Partial<Codec> => ({ decode: () => ({ ok: false, problem }) });

t.test('a codec that keeps its promises is found nothing of', async (t) => {
  t.equal(verdict({}), undefined);
  t.equal(verdict({}, Buffer.from('{')), undefined);
});

t.test('a codec that does not is found out', async (t) => {
  t.equal(
    verdict({
      decode: () => {
        throw new TypeError('planted');
      },
    }),
    'codec_threw',
  );
  t.equal(verdict(taking({ type: 'statu', seq: 1 })), 'type_unknown');
  t.equal(verdict(taking({ type: 'status', seq: 0 })), 'not_conforming');
  t.equal(verdict(taking({ type: 'status', seq: 1.5 })), 'not_conforming');
  t.equal(
    verdict(taking({ type: 'result', id: 'x'.repeat(200), ok: true })),
    'not_conforming',
    'text without a bound',
  );
  t.equal(
    verdict(taking(Object.assign(Object.create({ seq: 1 }), { type: 'status', seq: 1 }))),
    'foreign_prototype',
  );
  t.equal(verdict(taking({ type: 'status', seq: 1, extra: Symbol('break') })), 'no_data');
  t.equal(verdict({ encode: () => Buffer.from('{') }), 'not_writable');
  t.equal(verdict({ encode: () => Buffer.from('{"type":"status","seq":2}') }), 'not_equal');
  t.equal(
    verdict({
      encode: () => {
        throw new TypeError('planted');
      },
    }),
    'not_encodable',
  );
  t.equal(verdict(refusing('')), 'no_problem');
  t.equal(verdict(refusing('x'.repeat(201))), 'problem_long');
  t.equal(verdict(refusing(`not ${CANARY}`)), 'problem_echoes');
});

t.test('a frame that changes what all objects share is found out', async (t) => {
  t.teardown(() => Reflect.deleteProperty(Object.prototype, 'planted'));
  const planting: Codec['decode'] = (data, binary) => {
    Object.assign(Object.prototype, { planted: 1 });
    return good.decode(data, binary);
  };
  t.equal(verdict({ decode: planting }), 'prototype_polluted');
});

t.test('a codec that takes its time each time is found out', async (t) => {
  const slow: Codec['decode'] = (data, binary) => {
    const until = performance.now() + 50;
    while (performance.now() < until);
    return good.decode(data, binary);
  };
  t.equal(verdict({ decode: slow }), 'codec_slow');
});
