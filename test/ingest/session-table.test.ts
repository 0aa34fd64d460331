import t from 'tap';
import type { PresenceChange } from '../../src/bus/bus.ts';
import type { DeviceCommandResult } from '../../src/model/device-command.ts';
import { clinicianId } from '../../src/model/ids.ts';
import { settled } from '../support/happening.ts';
import { counted, D1, D2, ingestWorld, P1, P2 } from '../support/ingest-world.ts';

const MINUTE = 60_000;
const BY = clinicianId('nurse-1');

t.test('who is not allowed any more when the session begins is turned away at once', async (t) => {
  const { connect, registry, sessions } = await ingestWorld(t);
  await registry.setDeviceStatus(D1, 'suspended');
  const peer = connect();
  t.match(peer.transport.closed, { code: 4403 });
  peer.leave(4403);
  t.notOk(sessions.isConnected(D1));
});

t.test('the newest connection of a device wins, and the older one leaving changes nothing', async (t) => {
  const { connect, sessions, storedFrames } = await ingestWorld(t);
  const older = connect();
  await older.hello();
  const newer = connect();
  t.match(older.transport.closed, { code: 4409 });
  await newer.hello();
  older.vitals(1);
  older.leave(4409);
  t.ok(sessions.isConnected(D1));
  t.equal(sessions.size, 1);
  newer.vitals(1);
  t.equal((await storedFrames()).length, 1, 'what the older one sent after its end is not stored');
  newer.leave();
  t.notOk(sessions.isConnected(D1));
});

t.test('a device is told 60 s before its token expires, once, and closed with 4401 at the end', async (t) => {
  const { connect, clock, storedFrames } = await ingestWorld(t);
  const expires = clock.now() + 5 * MINUTE;
  const peer = connect(D1, { tokenExpires: expires });
  await peer.hello();
  clock.advance(4 * MINUTE - 100);
  t.same(peer.of('token_expiring'), []);
  clock.advance(100);
  t.same(peer.of('token_expiring'), [{ type: 'token_expiring', token_expires: expires }]);
  clock.advance(MINUTE - 100);
  t.equal(peer.of('token_expiring').length, 1);
  t.equal(peer.transport.closed, null);
  clock.advance(100);
  t.match(peer.transport.closed, { code: 4401 });
  peer.vitals(1);
  t.same(await storedFrames(), []);
});

t.test(
  'a device that has not said hello is closed too when its token expires, and told of nothing before',
  async (t) => {
    const { connect, clock } = await ingestWorld(t);
    const peer = connect(D1, { tokenExpires: clock.now() + 20_000 });
    clock.advance(20_000 - 100);
    t.same(peer.frames, [], 'the first word of the server is welcome');
    clock.advance(100);
    t.match(peer.transport.closed, { code: 4401 });
  },
);

t.test('a device that does not say hello is closed after half a minute', async (t) => {
  const { connect, clock } = await ingestWorld(t);
  const peer = connect(D1);
  clock.advance(30_000);
  t.equal(peer.transport.closed, null);
  clock.advance(200);
  t.match(peer.transport.closed, { code: 4400, reason: 'no hello' });
});

t.test('tokens and certificates end by the server’s clock when that is set', async (t) => {
  const { connect, clock } = await ingestWorld(t);
  const [later, soon] = [clock.now() + 60 * MINUTE, clock.now() + 5 * MINUTE];
  const peer = connect(D1, { tokenExpires: later });
  const other = connect(D2, { tokenExpires: soon });
  await peer.hello();
  await other.hello();
  clock.jump(-MINUTE);
  clock.advance(5 * MINUTE);
  t.equal(other.transport.closed, null, 'set back: it holds for longer');
  clock.jump(MINUTE);
  clock.advance(100);
  t.match(other.transport.closed, { code: 4401 });
  clock.jump(55 * MINUTE);
  clock.advance(100);
  t.match(peer.transport.closed, { code: 4401 }, 'set forth: it is over at once');
});

t.test('a certificate that runs out ends the session, though nobody changes an entry', async (t) => {
  const { connect, clock } = await ingestWorld(t);
  const ends = clock.now() + 10 * MINUTE;
  const refusal = () => (clock.now() > ends ? 'certificate_expired' : null);
  const peer = connect(D1, { refusal, certificateEnds: ends });
  await peer.hello();
  clock.advance(10 * MINUTE);
  t.equal(peer.transport.closed, null);
  clock.advance(100);
  t.match(peer.transport.closed, { code: 4403, reason: 'certificate_expired' });
});

t.test('a refusal that nobody tells of is seen within half a minute', async (t) => {
  const { connect, clock } = await ingestWorld(t);
  let refused: string | null = null;
  const peer = connect(D1, { refusal: () => refused });
  await peer.hello();
  refused = 'device_suspended';
  clock.advance(30_100);
  t.match(peer.transport.closed, { code: 4403, reason: 'device_suspended' });
});

t.test(
  'acks come with their interval, whatever an earlier connection left on its way to the disk',
  async (t) => {
    const { connect, clock, storedFrames } = await ingestWorld(t);
    const first = connect(D1);
    await first.hello({ ack_interval_ms: 1_000 });
    first.vitals(1);
    await storedFrames();
    clock.advance(900);
    t.same(first.of('ack'), []);
    clock.advance(100);
    t.same(first.of('ack'), [{ type: 'ack', seq: 1 }]);
    first.vitals(2);
    const second = connect(D1);
    await second.hello({ ack_interval_ms: 1_000 });
    await storedFrames();
    clock.advance(1_100);
    t.equal(second.of('ack').at(-1)?.seq ?? second.of('welcome')[0]?.ack, 2);
    second.vitals(3);
    await storedFrames();
    clock.advance(1_000);
    t.equal(second.of('ack').at(-1)?.seq, 3);
    clock.advance(60_000);
    const acks = second.of('ack').length;
    second.vitals(3);
    clock.advance(1_000);
    t.equal(second.of('ack').length, acks + 1, 'a duplicate is acked again');
  },
);

t.test('a refreshed token holds as long as it says, and its end is announced again', async (t) => {
  const { connect, clock } = await ingestWorld(t);
  const [first, second] = [clock.now() + 5 * MINUTE, clock.now() + 60 * MINUTE];
  const offered: string[] = [];
  const verifyToken = async (token: string) => {
    offered.push(token);
    return { expires: second };
  };
  const peer = connect(D1, { tokenExpires: first, verifyToken });
  await peer.hello();
  clock.advance(4.5 * MINUTE);
  peer.send({ type: 'refresh', token: 'fresh' });
  await settled();
  t.same(offered, ['fresh']);
  t.same(peer.of('refreshed'), [{ type: 'refreshed', token_expires: second }]);
  clock.advance(MINUTE);
  t.equal(peer.transport.closed, null, 'past the end of the first token');
  clock.advance(54 * MINUTE);
  t.same(
    peer.of('token_expiring').map((frame) => frame.token_expires),
    [first, second],
  );
  clock.advance(MINUTE);
  t.match(peer.transport.closed, { code: 4401 });
});

t.test('a token that does not hold ends the session with 4401; a check that fails, with 1011', async (t) => {
  const { connect } = await ingestWorld(t);
  const refused = connect(D1);
  await refused.hello();
  refused.send({ type: 'refresh', token: 'of another device' });
  await settled();
  t.match(refused.transport.closed, { code: 4401 });
  const failing = connect(D2, { verifyToken: () => Promise.reject(new Error('no keys')) });
  await failing.hello();
  failing.send({ type: 'refresh', token: 'x' });
  await settled();
  t.match(failing.transport.closed, { code: 1011 });
});

t.test('a device that is revoked or suspended is closed with 4403 at once; another is not', async (t) => {
  const { connect, registry, storedFrames } = await ingestWorld(t);
  const [one, two] = [connect(D1), connect(D2)];
  await one.hello();
  await two.hello();
  await registry.revokeDevice(D1, 'unspecified', Date.now());
  t.match(one.transport.closed, { code: 4403 });
  t.equal(two.transport.closed, null);
  one.vitals(1);
  t.same(await storedFrames(), [], 'frames in flight are not stored');
  await registry.setDeviceStatus(D2, 'suspended');
  t.match(two.transport.closed, { code: 4403 });
});

t.test('a command reaches the device, and its answer whoever asked', async (t) => {
  const { connect, bus } = await ingestWorld(t);
  const results: DeviceCommandResult[] = [];
  bus.subscribe({ commandResult: (result) => results.push(result) });
  const peer = connect();
  await peer.hello();
  bus.publishCommand({
    id: 'c1',
    device: D1,
    name: 'set_interval',
    args: { interval_ms: 5_000 },
    requested_by: BY,
  });
  t.same(peer.of('command'), [
    { type: 'command', id: 'c1', name: 'set_interval', args: { interval_ms: 5_000 } },
  ]);
  peer.send({ type: 'result', id: 'c1', ok: false, message: 'too fast' });
  peer.send({ type: 'result', id: 'c2', ok: true });
  t.same(results, [
    { id: 'c1', device: D1, ok: false, message: 'too fast' },
    { id: 'c2', device: D1, ok: true, message: null },
  ]);
});

t.test('a command for a device that can hear none is answered in its place', async (t) => {
  const { connect, bus, registry } = await ingestWorld(t);
  const results: DeviceCommandResult[] = [];
  bus.subscribe({ commandResult: (result) => results.push(result) });
  const command = (id: string) =>
    bus.publishCommand({ id, device: D1, name: 'identify', args: {}, requested_by: BY });
  command('absent');
  const peer = connect();
  command('before hello');
  t.same(peer.frames, [], 'the first word of the server is welcome');
  await peer.hello();
  await registry.setDeviceStatus(D1, 'suspended');
  command('closed, the socket not yet gone');
  t.same(
    results.map(({ id, ok }) => [id, ok]),
    [
      ['absent', false],
      ['before hello', false],
      ['closed, the socket not yet gone', false],
    ],
  );
});

t.test('presence tells of coming, silence, battery, another wearer and going, each once', async (t) => {
  const { connect, bus, clock, registry } = await ingestWorld(t);
  const told: unknown[][] = [];
  bus.subscribe({
    presence: ({ presence, patient, battery_percent }: PresenceChange) =>
      told.push([presence, patient, battery_percent]),
  });
  const peer = connect();
  await peer.hello();
  for (let seq = 1; seq <= 5; seq++) {
    peer.vitals(seq);
    clock.advance(1_000);
  }
  peer.send({ type: 'status', seq: 6, battery_percent: 40 });
  peer.send({ type: 'status', seq: 7, battery_percent: 40 });
  for (let second = 0; second < 15; second++) clock.advance(1_000);
  peer.vitals(8);
  clock.advance(1_000);
  await registry.assign(D1, P2, clock.now());
  clock.advance(1_000);
  peer.leave();
  t.same(told, [
    ['on', P1, null],
    ['on', P1, 40],
    ['silent', P1, 40],
    ['on', P1, 40],
    ['on', P2, 40],
    ['off', P2, 40],
  ]);
});

t.test('open sockets and how they ended are counted, once each', async (t) => {
  const { connect, metrics } = await ingestWorld(t);
  const [one, two] = [connect(D1), connect(D1)];
  t.equal(await counted(metrics, 'vitalwire_device_sessions'), 2);
  one.leave(4409);
  two.leave(3999);
  t.equal(await counted(metrics, 'vitalwire_device_sessions'), 0);
  t.equal(await counted(metrics, 'vitalwire_device_closes_total{code="4409"}'), 1);
  t.equal(await counted(metrics, 'vitalwire_device_closes_total{code="other"}'), 1);
});

t.test('a restart ends every session with 1012 and leaves no timer behind', async (t) => {
  const { connect, sessions, clock } = await ingestWorld(t);
  const peers = [connect(D1), connect(D2)];
  sessions[Symbol.dispose]();
  for (const peer of peers) t.match(peer.transport.closed, { code: 1012 });
  t.equal(clock.pending, 0);
});

t.test('a server clock that is set while devices are connected takes nobody’s alarms away', async (t) => {
  const world = await ingestWorld(t);
  const { clock, bus } = world;
  const raised: string[] = [];
  bus.subscribe({
    alarm: ({ event, alarm }) => void (alarm.kind === 'physiological' && raised.push(event)),
  });
  const peer = world.connect(D1, { tokenExpires: clock.now() + 2 * 3_600_000 });
  await peer.hello();
  peer.vitals(1, { t: clock.now(), spo2: 97 });
  clock.jump(3_600_000);
  clock.advance(1_000);
  peer.vitals(2, { t: clock.now() - 3_600_000, spo2: 70 });
  t.same(raised, ['raised']);
});
