import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type App, startApp } from '../../src/app.ts';
import { loadConfig } from '../../src/config/config.ts';
import type { Environment } from '../../src/config/setting.ts';
import type { Clock } from '../../src/core/clock.ts';
import { CodedError } from '../../src/core/coded-error.ts';
import { loadTokenKeys } from '../../src/identity/certificate-directory.ts';
import { issueClinicianToken } from '../../src/identity/clinician-token.ts';
import { issueInvitation, signInLink } from '../../src/identity/console-sessions.ts';
import { MAX_INVITATION_MS } from '../../src/model/console-session.ts';
import { clinicianId, type WardId } from '../../src/model/ids.ts';
import type { Role } from '../../src/model/people.ts';
import { createLog } from '../../src/observe/log.ts';
import type { Registry } from '../../src/registry/registry.ts';
import { openSqliteRegistry } from '../../src/registry/registry-sqlite.ts';

/** A server of the demo's own: temporary directory, free ports, its own authorities. Disposing it removes everything. */
export interface DemoServer extends AsyncDisposable {
  readonly app: App;
  readonly registry: Registry;
  readonly certs: string;
  /** Base URL of the revocation lists. */
  readonly crlUrl: string;
  readonly deviceUrl: URL;
  readonly clinicianUrl: URL;
  /** A token of a clinician of the ward. */
  clinicianToken(ward: WardId): Promise<string>;
  /** A link that signs in at the console, once, as somebody of the ward with this role. */
  signInLink(role: Role, ward: WardId): Promise<URL>;
}

export interface DemoServerOptions {
  readonly clock: Clock;
  /** Settings of the store, as in `.env`. */
  readonly store: Environment;
  readonly verbose: boolean;
}

/** Longer than a demo can last on its own clock, however accelerated: nothing has to be refreshed on the way. */
const TOKEN_TTL_S = 86_400;

/** Starts the real server in this process, so that it shares the demo's clock. */
export async function startDemoServer({ clock, store, verbose }: DemoServerOptions): Promise<DemoServer> {
  const directory = mkdtempSync(join(tmpdir(), 'vitalwire-demo-'));
  await using building = new AsyncDisposableStack();
  building.defer(() => rmSync(directory, { recursive: true, force: true }));
  const certs = join(directory, 'certs');
  const data = join(directory, 'var');
  const { config, secrets } = loadConfig({
    VITALWIRE_HOST: '127.0.0.1',
    VITALWIRE_DEVICE_PORT: '0',
    VITALWIRE_CLINICIAN_PORT: '0',
    VITALWIRE_CERTS_DIR: certs,
    VITALWIRE_DATA_DIR: data,
    ...store,
  });
  const app = building.use(
    await startApp({ config, secrets, clock, log: createLog(verbose ? 'info' : 'error', process.stderr) }),
  );
  const registry = building.use(
    await openSqliteRegistry({
      path: join(data, 'registry.db'),
      onError: (error: CodedError) => console.error(`demo: ${error.message}`),
    }),
  );
  const running = building.move();
  return {
    app,
    registry,
    certs,
    crlUrl: config.crlUrl,
    deviceUrl: new URL(`https://localhost:${app.devicePort}`),
    clinicianUrl: new URL(`https://localhost:${app.clinicianPort}`),
    async clinicianToken(ward) {
      const clinician = clinicianId('demo-nurse');
      await registry.putClinician({
        id: clinician,
        role: 'clinician',
        wards: [ward],
        patients: [],
        active: true,
      });
      const { token } = await issueClinicianToken(await loadTokenKeys(certs), {
        clinician,
        issuer: config.issuer,
        ttlS: TOKEN_TTL_S,
        now: clock.now(),
      });
      return token;
    },
    async signInLink(role, ward) {
      const clinician = clinicianId(`demo-${role}`);
      await registry.putClinician({ id: clinician, role, wards: [ward], patients: [], active: true });
      const { code } = await issueInvitation({ registry, clock }, { clinician, ttlMs: MAX_INVITATION_MS });
      return new URL(signInLink(`https://localhost:${app.clinicianPort}`, code));
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** Finds out which InfluxDB answers at `url`: 1.x says its version on `/ping`. @throws CodedError `influx_unreachable` */
export async function influxVersionAt(url: string): Promise<'1' | '2'> {
  try {
    const response = await fetch(new URL('/ping', url), { signal: AbortSignal.timeout(5_000) });
    return /^v?1\./.test(response.headers.get('x-influxdb-version') ?? '') ? '1' : '2';
  } catch (cause) {
    throw new CodedError(
      'influx_unreachable',
      `no InfluxDB answers at ${url}: start it, or correct --influx`,
      { cause },
    );
  }
}
