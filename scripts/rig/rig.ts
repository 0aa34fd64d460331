import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DeviceClient } from '../../src/client/device-client.ts';
import type { DeviceClientOptions } from '../../src/client/device-client-options.ts';
import { SETTINGS } from '../../src/config/settings.ts';
import { sleep, systemClock } from '../../src/core/clock.ts';
import type { CodedError } from '../../src/core/coded-error.ts';
import { authorityPaths, loadTokenKeys } from '../../src/identity/certificate-directory.ts';
import { issueClinicianToken } from '../../src/identity/clinician-token.ts';
import { enrolDevice } from '../../src/identity/enrolment.ts';
import { clinicianId, deviceId, patientId, wardId } from '../../src/model/ids.ts';
import type { Role } from '../../src/model/people.ts';
import type { Registry } from '../../src/registry/registry.ts';
import { openSqliteRegistry } from '../../src/registry/registry-sqlite.ts';
import { type ServerOptions, ServerProcess } from './server-process.ts';

/** The ward of every patient and clinician of a rig. */
export const WARD = wardId('ward-1');
/** Another process's registry changes are seen within 250 ms. */
const REGISTRY_SEEN_MS = 300;
const TOKEN_TTL_S = 3_600;
const WORN_FROM_AGO_MS = 3_600_000;

/** A wearable that can connect, and who wears it. */
export interface RigDevice {
  readonly device: string;
  readonly patient: string;
  /** Certificate and key, PEM. */
  readonly identity: { readonly cert: Buffer; readonly key: Buffer };
  client(options?: Partial<DeviceClientOptions>): DeviceClient;
}

/** A server of its own with the people and devices of one ward. */
export interface Rig extends AsyncDisposable {
  readonly server: ServerProcess;
  /** A connection of its own, as an admin's script has. */
  readonly registry: Registry;
  /** The root, PEM. */
  readonly ca: Buffer;
  /** `count` patients with a device each: `p-0` wears `w-0`, or, of those that are given a name, `p-name-0` wears `w-name-0`. */
  devices(count: number, name?: string): Promise<readonly RigDevice[]>;
  /** Tokens of `count` people of the ward. */
  tokens(name: string, count: number, role?: Role): Promise<readonly string[]>;
  /** Resolves when the server has seen what was put into the registry. */
  seen(): Promise<void>;
}

/** Starts the server and opens its registry beside it. */
export async function openRig(name: string, options: ServerOptions = {}): Promise<Rig> {
  await using building = new AsyncDisposableStack();
  const server = building.use(await ServerProcess.start(name, options));
  const registry = building.use(
    await openSqliteRegistry({
      path: join(server.data, 'registry.db'),
      onError: (error: CodedError) => process.stderr.write(`${name}: ${error.message}\n`),
    }),
  );
  const ca = readFileSync(authorityPaths(server.certs, 'root').certificate);
  const keys = await loadTokenKeys(server.certs);
  const running = building.move();
  return {
    server,
    registry,
    ca,
    async devices(count, name) {
      const made: RigDevice[] = [];
      const of = name === undefined ? '' : `${name}-`;
      for (let i = 0; i < count; i++)
        made.push(await enrol(server, registry, `w-${of}${i}`, `p-${of}${i}`, ca));
      return made;
    },
    async tokens(people, count, role = 'clinician') {
      const made: string[] = [];
      for (let i = 0; i < count; i++) {
        const clinician = clinicianId(`${people}-${i}`);
        await registry.putClinician({ id: clinician, role, wards: [WARD], patients: [], active: true });
        const issuer = SETTINGS.issuer.default;
        const request = { clinician, issuer, ttlS: TOKEN_TTL_S, now: Date.now() };
        made.push((await issueClinicianToken(keys, request)).token);
      }
      return made;
    },
    seen: () => sleep(systemClock(), REGISTRY_SEEN_MS),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

async function enrol(
  server: ServerProcess,
  registry: Registry,
  device: string,
  patient: string,
  ca: Buffer,
): Promise<RigDevice> {
  const now = Date.now();
  const id = deviceId(device);
  const { files } = await enrolDevice({
    ...{ registry, directory: server.certs, device: id, description: 'rig', intervalMs: null, now },
  });
  await registry.addPatient({ id: patientId(patient), ward: WARD, label: `Bed of ${patient}`, news2: 'off' });
  await registry.assign(id, patientId(patient), now - WORN_FROM_AGO_MS);
  const [cert, key] = [readFileSync(files.certificate), readFileSync(files.key)];
  return {
    device,
    patient,
    identity: { cert, key },
    client: (options = {}) =>
      new DeviceClient({ url: server.deviceUrl, cert, key, ca, ackIntervalMs: 0, ...options }),
  };
}
