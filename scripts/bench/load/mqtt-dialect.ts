import type { Conversation, Dialect, Heard, Peer } from './dialect.ts';
import { maskedFrame, OPCODE, type Opcode } from './masked-frame.ts';
import {
  connectPacket,
  type MqttPacket,
  MqttPackets,
  PACKET,
  packetId,
  publishPacket,
  text,
} from './mqtt-packets.ts';
import { vitalsText } from './vitals-text.ts';

/** What all devices publish below: `vitals/<device>`. */
export const VITALS_TOPIC = 'vitals';

/** MQTT 3.1.1 over WebSocket (section 6): each frame is published at QoS 1, and a PUBACK counts as its ack. */
export const MQTT: Dialect = {
  upgrade: { path: '/mqtt', subprotocol: 'mqtt' },
  begin: (peer) => new MqttConversation(peer),
};

class MqttConversation implements Conversation {
  readonly opening: Buffer;
  readonly #topic: Buffer;
  readonly #packets = new MqttPackets((packet) => this.#received(packet));
  #acked = 0;
  #heard: Heard | null = null;

  constructor({ device }: Peer) {
    this.opening = maskedFrame(OPCODE.binary, connectPacket(device, true));
    this.#topic = text(`${VITALS_TOPIC}/${device}`);
  }

  frame(seq: number, t: number): Buffer {
    return maskedFrame(OPCODE.binary, publishPacket(this.#topic, packetId(seq), vitalsText(seq, t)));
  }

  hear(opcode: Opcode, payload: Buffer): Heard | null {
    if (opcode === OPCODE.text || opcode === OPCODE.pong) return null;
    this.#heard = null;
    this.#packets.read(payload);
    return this.#heard;
  }

  #received({ type, body }: MqttPacket): void {
    if (this.#heard?.kind === 'refused') return;
    if (type === PACKET.connack) {
      const code = body[1];
      this.#heard = code === 0 ? { kind: 'ready' } : { kind: 'refused', what: `CONNACK with code ${code}` };
    } else if (type === PACKET.puback) {
      // In the order of what was published [MQTT-4.6.0-2]: the newest stands for all before it.
      const [id, awaited] = [body.readUInt16BE(0), packetId(this.#acked + 1)];
      if (id !== awaited) {
        this.#heard = { kind: 'refused', what: `PUBACK of ${id} where that of ${awaited} was awaited` };
        return;
      }
      this.#acked += 1;
      this.#heard = { kind: 'acked', seq: this.#acked };
    }
  }
}
