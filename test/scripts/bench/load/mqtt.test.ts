import t from 'tap';
import type { Heard } from '../../../../scripts/bench/load/dialect.ts';
import { OPCODE } from '../../../../scripts/bench/load/masked-frame.ts';
import { MQTT } from '../../../../scripts/bench/load/mqtt-dialect.ts';
import {
  connectPacket,
  MqttPackets,
  PACKET,
  packetId,
  pubackPacket,
  published,
  publishPacket,
  subscribePacket,
  text,
} from '../../../../scripts/bench/load/mqtt-packets.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const CONNACK = Buffer.from('20020000', 'hex');
const PEER = { device: 'w-1', cert: '', key: '', token: '' };

/** What a client's short frame holds: behind two bytes its mask, of four. */
function unmasked(frame: Buffer): Buffer {
  return Buffer.from(frame.subarray(6).map((byte, i) => byte ^ (frame[2 + (i % 4)] ?? 0)));
}

t.test('packets are those of the standard', async (t) => {
  t.equal(hex(connectPacket('a', true)), '100d00044d51545404020000000161');
  t.equal(hex(connectPacket('a', false)), '100d00044d51545404000000000161');
  t.equal(hex(subscribePacket(1, 'vitals/#')), '820d0001000876697461'.concat('6c732f2301'));
  t.equal(hex(pubackPacket(0x1234)), '40021234');
  t.equal(hex(publishPacket(text('t'), 10, 'xy')), '3207000174000a7879');
});

t.test('identifiers are 1 to 65,535, and begin anew', async (t) => {
  t.strictSame([1, 65_535, 65_536, 131_071].map(packetId), [1, 65_535, 1, 1]);
});

t.test('packets are read wherever the stream is cut', async (t) => {
  const long = 'v'.repeat(20_000);
  const sent = [publishPacket(text('a/b'), 1, 'one'), publishPacket(text('c'), 2, long), pubackPacket(3)];
  const bytes = Buffer.concat(sent);
  for (const size of [1, 2, 3, 7, 1_000, bytes.length]) {
    const seen: unknown[] = [];
    const packets = new MqttPackets((packet) => {
      if (packet.type !== PACKET.publish) return seen.push(packet.body.readUInt16BE(0));
      const { topic, id, payload, again } = published(packet);
      return seen.push([topic, id, payload.toString(), again]);
    });
    const piece = Buffer.alloc(size);
    for (let at = 0; at < bytes.length; at += size) {
      // The same memory again, as a socket's pool does it.
      const length = bytes.copy(piece, 0, at, Math.min(bytes.length, at + size));
      packets.read(piece.subarray(0, length));
    }
    t.strictSame(seen, [['a/b', 1, 'one', false], ['c', 2, long, false], 3], `in pieces of ${size}`);
  }
});

t.test('what claims to be huge is no packet', async (t) => {
  const packets = new MqttPackets(() => t.fail('it was read'));
  t.throws(() => packets.read(Buffer.from('30ffffffff01', 'hex')), { code: 'mqtt_malformed' });
  t.throws(() => packets.read(Buffer.from('30ffffff7f', 'hex')), { code: 'mqtt_malformed' });
});

t.test('a connection is ready with CONNACK, and each PUBACK acks one more', async (t) => {
  const begun = MQTT.begin(PEER);
  t.equal(hex(unmasked(begun.opening ?? Buffer.alloc(0))), hex(connectPacket('w-1', true)));
  const hear = (...packets: Buffer[]): Heard | null => begun.hear(OPCODE.binary, Buffer.concat(packets));
  t.strictSame(hear(CONNACK), { kind: 'ready' });
  t.strictSame(hear(pubackPacket(1)), { kind: 'acked', seq: 1 });
  t.strictSame(hear(pubackPacket(2), pubackPacket(3)), { kind: 'acked', seq: 3 }, 'two in a frame');
  t.equal(hear(pubackPacket(4).subarray(0, 3)), null, 'the begin of one');
  t.strictSame(hear(pubackPacket(4).subarray(3)), { kind: 'acked', seq: 4 }, 'and its end');
  t.match(hear(pubackPacket(6)), { kind: 'refused', what: /PUBACK of 6 where that of 5/ });
});

t.test('a broker that does not let a device in is heard', async (t) => {
  const answer = MQTT.begin(PEER).hear(OPCODE.binary, Buffer.from('20020005', 'hex'));
  t.strictSame(answer, { kind: 'refused', what: 'CONNACK with code 5' });
});
