import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SETTINGS } from '../../../src/config/settings.ts';
import { loadTokenKeys } from '../../../src/identity/certificate-directory.ts';
import { openDeviceIssuer } from '../../../src/identity/device-issuance.ts';
import { issueDeviceToken } from '../../../src/identity/device-token.ts';
import { certify, newDevice } from '../../../src/identity/enrolment.ts';
import { deviceId, patientId } from '../../../src/model/ids.ts';
import { type Rig, WARD } from '../../rig/rig.ts';
import type { Peer } from '../load/dialect.ts';

const TOKEN_TTL_S = 24 * 3_600;
const WORN_FROM_AGO_MS = 3_600_000;
/** Devices of one transaction of the registry. */
const BATCH = 128;
/** Longer than any run. Days. */
const VALIDITY_DAYS = 2;

/** Wearables by the thousand, in a file that load processes read: whoever is at line i wears the device of that line. */
export interface PeerFile {
  readonly path: string;
  readonly count: number;
}

/** Registers `count` patients with a device each, and leaves what those need in a file. `show` is told how many are done. */
export async function enrolPeers(rig: Rig, count: number, show: (done: number) => void): Promise<PeerFile> {
  const { server, registry } = rig;
  const keys = await loadTokenKeys(server.certs);
  const issuer = await openDeviceIssuer(server.certs, { crlUrl: null });
  const peers: Peer[] = [];
  for (let first = 0; first < count; first += BATCH) {
    const enrolments = [];
    const signed = [];
    for (let i = first; i < Math.min(count, first + BATCH); i++) {
      const now = Date.now();
      const [device, patient] = [deviceId(`w-${i}`), patientId(`p-${i}`)];
      await registry.addPatient({ id: patient, ward: WARD, label: `Bed ${i}`, news2: 'off' });
      const request = { device, description: 'bench', intervalMs: null, now, validityDays: VALIDITY_DAYS };
      const { issued, content } = certify(issuer, request, { kind: 'first' });
      const { certificate } = issued;
      const binding = { device, thumbprint: certificate.thumbprint, issuer: SETTINGS.issuer.default, now };
      // All of a batch are signed at once, on threads of their own.
      signed.push(
        issueDeviceToken(keys, { ...binding, ttlS: TOKEN_TTL_S }).then(({ token }) => ({
          ...{ device, token, cert: content.certificate, key: content.key ?? '' },
        })),
      );
      const at = now - WORN_FROM_AGO_MS;
      enrolments.push({
        device: newDevice(request),
        certificate,
        patient,
        at,
        provided: 'no_certificate' as const,
      });
    }
    peers.push(...(await Promise.all(signed)));
    await registry.enrol(enrolments);
    show(Math.min(count, first + BATCH));
  }
  const path = join(server.directory, 'peers.jsonl');
  writeFileSync(path, peers.map((peer) => JSON.stringify(peer)).join('\n'), { mode: 0o600 });
  await rig.seen();
  return { path, count };
}
