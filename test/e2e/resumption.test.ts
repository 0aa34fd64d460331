import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { SecureVersion, TLSSocket } from 'node:tls';
import t from 'tap';
import { certificateWorld } from '../../scripts/attack/certificates/certificate-world.ts';
import { leafOf } from '../../scripts/attack/certificates/forged-certificate.ts';
import { enrolmentOf } from '../../scripts/attack/enrolled.ts';
import { Seeded } from '../../scripts/attack/seeded.ts';
import { pemOf } from '../../scripts/attack/wire/channel.ts';
import { type DeviceId, deviceId, patientId } from '../../src/model/ids.ts';
import { privateKeyToPem } from '../../src/pki/key-pair.ts';
import { eventually } from '../support/eventually.ts';
import { ask, FORM, type RawPeer, tokenOf, type Upgrade, upgrade } from '../support/raw-device.ts';
import { type RunningServer, runningServer } from '../support/running-server.ts';
import { sessionOf, tlsServersOf } from '../support/tls-session.ts';

/** A resumed TLS session skips every check of the handshake (S3): what holds then is what the listener looks at itself. */

const VERSIONS = ['TLSv1.2', 'TLSv1.3'] as const;
const HELD_MS = 4_000;
const started: { server?: RunningServer } = {};
const listening = await tlsServersOf(async () => {
  started.server = await runningServer(t);
});
const server = started.server!;
const devicePort = Number(new URL(server.deviceUrl).port);
const clinicianPort = Number(new URL(server.clinicianUrl).port);
const ticketKey = join(server.directory, 'var', 'tls-ticket.key');
const world = await certificateWorld(join(server.directory, 'certs'));

interface Subject {
  readonly id: DeviceId;
  readonly peer: RawPeer;
  readonly authorization: string;
  /** Of before the change. */
  readonly session: Buffer;
}

interface Change {
  readonly name: string;
  readonly make?: (id: string) => Promise<RawPeer>;
  readonly apply: (id: DeviceId) => Promise<void>;
  readonly refusal: { readonly status: number; readonly code: string };
  /** A whole handshake finds it out by itself. */
  readonly seenByTls?: true;
}

/** A wearable whose certificate ends in a few seconds. */
async function shortLived(id: string): Promise<RawPeer> {
  const now = Date.now();
  const forge = { world, random: new Seeded(1), device: id, victim: '', now };
  // Certificates end on whole seconds.
  const notAfter = Math.ceil((now + HELD_MS) / 1_000) * 1_000;
  const { der, key } = leafOf(forge, { notAfter });
  const entry = enrolmentOf(deviceId(id), der, {}, now);
  const certificate = { ...entry.certificate, not_after: notAfter };
  await server.registry.enrol([{ ...entry, certificate }]);
  // Waits until the server has seen what was written here.
  const { ca } = await server.wearable(`${id}-root`);
  return { ca, cert: `${pemOf(der)}${pemOf(world.device.der)}`, key: privateKeyToPem(key) };
}

const CHANGES: readonly Change[] = [
  {
    name: 'device revoked',
    apply: (id) => server.registry.revokeDevice(id, 'keyCompromise', Date.now()),
    refusal: { status: 403, code: 'device_revoked' },
  },
  {
    name: 'certificate revoked',
    async apply(id) {
      const [certificate] = server.registry.certificatesOf(id);
      await server.registry.endCertificate(certificate!.thumbprint, 'keyCompromise', Date.now());
    },
    refusal: { status: 401, code: 'certificate_revoked' },
  },
  {
    name: 'device suspended',
    apply: (id) => server.registry.setDeviceStatus(id, 'suspended'),
    refusal: { status: 403, code: 'device_suspended' },
  },
  {
    name: 'certificate expired',
    make: shortLived,
    async apply(id) {
      const end = server.registry.certificatesOf(id)[0]!.not_after;
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, end - Date.now()) + 50));
    },
    refusal: { status: 401, code: 'certificate_expired' },
    seenByTls: true,
  },
];

async function subjectOf(id: string, peer: RawPeer): Promise<Subject> {
  const authorization = `Bearer ${await tokenOf(server, peer)}`;
  return { id: deviceId(id), peer, authorization, session: await sessionOf(server, peer) };
}

/** Tries the stream with the session of before: what came of it, and whether the session was resumed. */
async function resume({ peer, authorization, session }: Subject) {
  let reused = false;
  const onTls = (socket: TLSSocket): void => {
    reused = socket.isSessionReused();
  };
  const answer = await upgrade(server.deviceUrl, peer, { authorization, session, onTls } satisfies Upgrade);
  return { answer, reused };
}

/** The same for a token, which is not said whether it was resumed. */
function resumeForToken({ peer, session }: Subject) {
  return ask(
    `${server.deviceUrl}/v1/token`,
    { ...peer, ...{ session }, method: 'POST', headers: { 'content-type': FORM } },
    'grant_type=client_credentials',
  );
}

interface Prepared {
  readonly version: SecureVersion;
  readonly change: Change;
  readonly subject: Subject;
}

const prepared: Prepared[] = [];
const controls = new Map<SecureVersion, Subject>();
/** Worn by another patient since. */
const reassigned = new Map<SecureVersion, { readonly subject: Subject; readonly at: number }>();

async function prepare(version: SecureVersion): Promise<void> {
  const short = version.slice(-1);
  const pinned = (peer: RawPeer): RawPeer => ({ ...peer, minVersion: version, maxVersion: version });
  controls.set(
    version,
    await subjectOf(`control-${short}`, pinned(await server.wearable(`control-${short}`))),
  );
  const worn = `reassigned-${short}`;
  const wearer = await subjectOf(worn, pinned(await server.wearable(worn, `former-${short}`)));
  await server.wearable(`other-${short}`, `later-${short}`);
  const at = Date.now();
  await server.registry.assign(wearer.id, patientId(`later-${short}`), at);
  reassigned.set(version, { subject: wearer, at });
  const subjects = CHANGES.map(async (change, index) => {
    const id = `subject-${short}-${index}`;
    const peer = pinned(await (change.make ?? server.wearable)(id));
    return { version, change, subject: await subjectOf(id, peer) };
  });
  prepared.push(...(await Promise.all(subjects)));
}

await Promise.all(VERSIONS.map(prepare));
for (const { subject } of prepared) {
  const { answer, reused } = await resume(subject);
  if ('status' in answer) throw new Error(`${subject.id} is refused before anything changed: ${answer.text}`);
  answer.socket.terminate();
  if (!reused) throw new Error(`${subject.id}: the session was not resumed`);
}
for (const { change, subject } of prepared) await change.apply(subject.id);
// The server sees what another process wrote within 250 ms.
await new Promise((resolve) => setTimeout(resolve, 300));

/** Runs the whole matrix on the server as it is. */
function matrix(process: string, resumable: boolean): void {
  for (const { version, change, subject } of prepared) {
    t.test(`${process}, ${version}, ${change.name}: refused`, async (t) => {
      if (!resumable && change.seenByTls) {
        await t.rejects(resume(subject), 'the handshake is refused');
        await t.rejects(resumeForToken(subject), 'for a token too');
        return;
      }
      const { answer, reused } = await resume(subject);
      if (!('status' in answer)) throw new Error('let in');
      t.match(answer, { status: change.refusal.status, body: { code: change.refusal.code } });
      t.equal(reused, resumable, `the session was ${resumable ? '' : 'not '}resumed`);
      t.match(await resumeForToken(subject), {
        status: change.refusal.status,
        body: { code: change.refusal.code },
      });
    });
  }
  for (const version of VERSIONS) {
    t.test(
      `${process}, ${version}, device worn by another: nothing is stored under the former`,
      async (t) => {
        const { subject, at } = reassigned.get(version)!;
        const { answer, reused } = await resume(subject);
        if ('status' in answer) throw new Error(`refused: ${answer.text}`);
        t.equal(reused, resumable);
        answer.send({ type: 'hello', stream: crypto.randomUUID(), time: Date.now(), ack_interval_ms: 0 });
        await answer.frame('welcome');
        const now = Date.now();
        answer.send({ type: 'vitals', seq: 1, samples: [{ t: now, heart_rate: 71 }] });
        await answer.frame('ack');
        answer.socket.terminate();
        await server.app.drained();
        const valuesOf = (patient: string) =>
          server.app.store.values({
            subject: { patient: patientId(`${patient}-${version.slice(-1)}`) },
            ...{ vital: 'heart_rate', from: at, to: now + 1, limit: 100 },
          });
        t.same(await valuesOf('former'), []);
        t.match((await valuesOf('later')).at(-1), { t: now, value: 71, device: subject.id });
      },
    );
    t.test(`${process}, ${version}, control: a device in good standing comes in`, async (t) => {
      const { answer, reused } = await resume(controls.get(version)!);
      if ('status' in answer) throw new Error(`refused: ${answer.text}`);
      answer.socket.terminate();
      t.equal(reused, resumable);
    });
  }
}

matrix('same process', true);

t.test('restarted: the ticket key is kept, for its owner alone', async (t) => {
  const client = server.client(await server.wearable('returns-1'));
  await eventually(() => client.stats.connected);
  const { connects, resumedSessions } = client.stats;
  const keys = listening.get(devicePort)!.getTicketKeys();
  const clinicianKeys = listening.get(clinicianPort)!.getTicketKeys();
  const again = await tlsServersOf(() => server.restart());
  t.ok(again.get(devicePort)!.getTicketKeys().equals(keys));
  t.notOk(again.get(clinicianPort)!.getTicketKeys().equals(clinicianKeys), 'that of people is not');
  t.equal(statSync(ticketKey).mode & 0o777, 0o600);
  await eventually(() => client.stats.connected && client.stats.connects > connects);
  t.equal(client.stats.resumedSessions, resumedSessions + 1, "the product's own client resumes");
  await client.close();
});
matrix('restarted with the ticket key', true);

t.test('restarted without the ticket key', () => server.restart(() => rmSync(ticketKey)));
matrix('restarted without it', false);
