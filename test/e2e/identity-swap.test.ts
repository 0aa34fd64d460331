import { randomUUID } from 'node:crypto';
import t, { type Test } from 'tap';
import { type DeviceId, deviceId, patientId } from '../../src/model/ids.ts';
import { DEVICE_SUBPROTOCOLS } from '../../src/protocol/device-codec.ts';
import { eventually } from '../support/eventually.ts';
import { openStream, type RawPeer, type RawSocket, tokenOf, upgrade } from '../support/raw-device.ts';
import { rest } from '../support/rest.ts';
import { runningServer } from '../support/running-server.ts';

/** Who a device is follows from its certificate alone, and whose vitals it sends from who wears it (S6). */

const server = await runningServer(t);
const VERSIONS = ['TLSv1.2', 'TLSv1.3'] as const;

interface Party {
  readonly device: DeviceId;
  readonly patient: string;
  readonly peer: RawPeer;
  readonly token: string;
}

async function party(name: string): Promise<Party> {
  const peer = await server.wearable(`watch-${name}`, `p-${name}`);
  return {
    device: deviceId(`watch-${name}`),
    patient: `p-${name}`,
    peer,
    token: await tokenOf(server, peer),
  };
}

const [a, b] = [await party('a'), await party('b')];
const nobody = { ...(await server.wearable('watch-c')) };
const nobodysToken = await tokenOf(server, nobody);

async function hello(stream: RawSocket, more: object = {}, id: string = randomUUID()): Promise<void> {
  stream.send({ type: 'hello', stream: id, time: Date.now(), ack_interval_ms: 0, ...more });
  await stream.frame('welcome');
}

async function acked(stream: RawSocket, seq: number): Promise<void> {
  await eventually(() => stream.frames.some((frame) => frame.type === 'ack' && Number(frame.seq) >= seq));
}

/** Heart rates stored for a patient, oldest first. */
async function stored(patient: string) {
  await server.app.drained();
  return server.app.store.values({
    ...{ subject: { patient: patientId(patient) }, vital: 'heart_rate' },
    ...{ from: 0, to: Date.now() + 60_000, limit: 1_000 },
  });
}

/** What the device holds of the patient: the count must be what it sent itself, and nothing of any other device. */
async function holdsOnly(
  t: Test,
  patient: string,
  device: DeviceId,
  values: readonly number[],
): Promise<void> {
  const rows = await stored(patient);
  t.same(
    rows.map(({ value }) => value),
    values,
    `${patient} has the values of ${device}`,
  );
  t.ok(
    rows.every((row) => row.device === device),
    `${patient} has none of another device`,
  );
}

t.test('the token of another opens no stream', async (t) => {
  const swaps = [
    ['A with the token of B', a.peer, b.token],
    ['B with the token of A', b.peer, a.token],
    ['A with the token of a device that nobody wears', a.peer, nobodysToken],
    ['a device that nobody wears with the token of A', nobody, a.token],
  ] as const;
  for (const version of VERSIONS) {
    for (const protocol of DEVICE_SUBPROTOCOLS) {
      for (const [name, peer, token] of swaps) {
        const answer = await upgrade(
          server.deviceUrl,
          { ...peer, minVersion: version, maxVersion: version },
          { authorization: `Bearer ${token}`, protocols: [protocol] },
        );
        if (!('status' in answer)) throw new Error(`${name}: let in`);
        t.match(
          answer,
          { status: 401, body: { code: 'token_not_bound' } },
          `${name}, ${version}, ${protocol}`,
        );
      }
      const control = await upgrade(
        server.deviceUrl,
        { ...a.peer, minVersion: version, maxVersion: version },
        { authorization: `Bearer ${a.token}`, protocols: [protocol] },
      );
      t.notOk('status' in control, `control: A with its own, ${version}, ${protocol}`);
      if (!('status' in control)) control.socket.terminate();
    }
  }
});

t.test('the token of another does not refresh a stream, and ends it', async (t) => {
  for (const [name, token] of [
    ['of B', b.token],
    ['of a device that nobody wears', nobodysToken],
  ] as const) {
    const stream = await openStream(server, a.peer);
    await hello(stream);
    stream.send({ type: 'refresh', token: a.token });
    await stream.frame('refreshed');
    stream.send({ type: 'refresh', token });
    t.match(await stream.closed, { code: 4401 }, name);
    t.equal(stream.frames.filter(({ type }) => type === 'refreshed').length, 1, 'only its own did');
  }
});

t.test(
  'whatever a frame, the request or the stream names: it is stored for who wears the device',
  async (t) => {
    const begin = Date.now() - 60_000;
    const victim = await openStream(server, b.peer);
    const streamOfB = randomUUID();
    await hello(victim, {}, streamOfB);
    for (let seq = 1; seq <= 3; seq += 1) {
      victim.send({
        type: 'vitals',
        seq,
        samples: [{ t: begin + seq * 1_000, heart_rate: 70 + seq, spo2: 97 }],
      });
    }
    await acked(victim, 3);

    const naming = { device: b.device, patient: b.patient, sub: b.device, subject: { patient: b.patient } };
    const liar = await openStream(server, a.peer, {
      path: `/v1/stream?device=${b.device}&patient=${b.patient}&sub=${b.device}`,
    });
    // B's stream, so that the server might take the frames for the next of B's.
    await hello(liar, naming, streamOfB);
    t.equal((await liar.frame('welcome')).ack, 0, "A is not told how far B's stream has come");
    liar.send({
      type: 'vitals',
      seq: 1,
      ...naming,
      samples: [{ t: begin + 30_000, heart_rate: 191, spo2: 60 }],
    });
    liar.send({ type: 'vitals', seq: 2, samples: [{ t: begin + 31_000, heart_rate: 192, ...naming }] });
    liar.send({
      type: 'vitals',
      seq: 3,
      samples: [{ t: begin + 32_000, heart_rate: 193, patient: b.patient }],
    });
    liar.send({ type: 'status', seq: 4, battery_percent: 5, ...naming });
    liar.send({
      type: 'waveform',
      seq: 5,
      ...naming,
      signal: 'ppg',
      t: begin + 33_000,
      rate_hz: 25,
      values: [1, 2],
    });
    // Low for long enough to be an alarm.
    for (let seq = 6; seq < 36; seq += 1) {
      const at = begin + 34_000 + (seq - 6) * 800;
      liar.send({ type: 'vitals', seq, ...naming, samples: [{ t: at, heart_rate: 100 + seq, spo2: 60 }] });
    }
    await acked(liar, 35);
    const rejects = liar.frames.filter(({ type }) => type === 'reject');
    t.ok(rejects.length >= 2, 'a sample that names somebody is no sample');

    victim.send({ type: 'vitals', seq: 4, samples: [{ t: begin + 50_000, heart_rate: 74 }] });
    await acked(victim, 4);
    t.notOk(
      victim.frames.some(({ type }) => type === 'resend'),
      "B's stream has not moved",
    );
    await holdsOnly(t, b.patient, b.device, [71, 72, 73, 74]);
    await holdsOnly(t, a.patient, a.device, [191, ...Array.from({ length: 30 }, (_, i) => 106 + i)]);

    const nurse = await server.token('nurse-1');
    // B's own gaps are technical alarms of its own.
    const breachesOf = async (patient: string): Promise<readonly unknown[]> => {
      const { body, status } = await rest(server, nurse, `/v1/patients/${patient}/alarms?from=${begin}`);
      t.equal(status, 200);
      return (body.alarms as readonly { kind: string }[]).filter(({ kind }) => kind === 'physiological');
    };
    await eventually(async () => (await breachesOf(a.patient)).length > 0);
    t.same(await breachesOf(b.patient), [], 'no alarm of B comes of what A sent');
  },
);

t.test('a device that nobody wears adds to nobody, whomever it names', async (t) => {
  const stream = await openStream(server, nobody);
  await hello(stream, { patient: a.patient });
  const naming = { patient: a.patient, device: a.device };
  stream.send({ type: 'vitals', seq: 1, ...naming, samples: [{ t: Date.now(), heart_rate: 199 }] });
  await acked(stream, 1);
  for (const { patient } of [a, b]) {
    t.notOk(
      (await stored(patient)).some(({ value }) => value === 199),
      `nothing under ${patient}`,
    );
  }
});
