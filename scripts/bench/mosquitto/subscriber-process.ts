import { readFileSync } from 'node:fs';
import { WebSocket } from 'ws';
import { VITALS_TOPIC } from '../load/mqtt-dialect.ts';
import {
  connectPacket,
  type MqttPacket,
  MqttPackets,
  PACKET,
  pubackPacket,
  published,
  subscribePacket,
} from '../load/mqtt-packets.ts';
import type { SubscriberSays } from './subscriber.ts';
import { TopicOrder } from './topic-order.ts';

/** Subscribes to all vitals at QoS 1, acks each, and tells when asked how many came, in the order of each device. */
const [url = '', ca = '', cert = '', key = ''] = process.argv.slice(2);
const CLIENT = 'subscriber';
const order = new TopicOrder();
const say = (what: SubscriberSays): void => void process.send?.(what);
const socket = new WebSocket(url, 'mqtt', {
  ...{ ca: readFileSync(ca), cert, key, perMessageDeflate: false },
});

function received(packet: MqttPacket): void {
  if (packet.type === PACKET.publish) {
    const { topic, id, payload, again } = published(packet);
    socket.send(pubackPacket(id));
    order.came(topic, payload, again);
  } else if (packet.type === PACKET.connack) {
    // Its session outlives its connection: what persistence keeps is meant for such as this.
    socket.send(subscribePacket(1, `${VITALS_TOPIC}/#`));
  } else if (packet.type === PACKET.suback) {
    say(packet.body[2] === 1 ? { kind: 'ready' } : { kind: 'failed', why: 'the subscription was refused' });
  }
}

const packets = new MqttPackets(received);
socket.on('open', () => socket.send(connectPacket(CLIENT, false)));
socket.on('message', (data: Buffer) => packets.read(data));
socket.on('error', ({ message }) => say({ kind: 'failed', why: message }));
socket.on('close', (code) => say({ kind: 'failed', why: `it was closed with ${code}` }));
process.on('message', () => say({ kind: 'count', received: order.count, problem: order.problem }));
process.on('disconnect', () => process.exit());
// Ctrl-C reaches the whole group: the benchmark ends this process when it has ended its own work.
process.on('SIGINT', () => {});
