import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';
import { type App, startApp } from '../../src/app.ts';
import { DeviceClient } from '../../src/client/device-client.ts';
import type { DeviceClientOptions } from '../../src/client/device-client-options.ts';
import { FeedClient } from '../../src/client/feed-client.ts';
import { type Config, loadConfig } from '../../src/config/config.ts';
import { type Clock, systemClock } from '../../src/core/clock.ts';
import type { DevicePaths } from '../../src/identity/certificate-directory.ts';
import { loadTokenKeys } from '../../src/identity/certificate-directory.ts';
import { issueClinicianToken } from '../../src/identity/clinician-token.ts';
import { enrolDevice } from '../../src/identity/enrolment.ts';
import { clinicianId, deviceId, patientId, wardId } from '../../src/model/ids.ts';
import type { Role } from '../../src/model/people.ts';
import { createLog } from '../../src/observe/log.ts';
import type { Registry } from '../../src/registry/registry.ts';
import { openSqliteRegistry } from '../../src/registry/registry-sqlite.ts';

export interface Wearable {
  readonly files: DevicePaths;
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
}

/** A real server on free ports in a temporary directory, and what an admin would do beside it in another process. */
export interface RunningServer extends AsyncDisposable {
  readonly app: App;
  readonly directory: string;
  /** A connection of its own to the registry, as a script has: the server must see what it changes. */
  readonly registry: Registry;
  readonly deviceUrl: string;
  readonly clinicianUrl: string;
  /** Lines of the server's log so far. */
  readonly log: readonly string[];
  wearable(device: string, patient?: string): Promise<Wearable>;
  token(clinician: string, options?: { role?: Role; wards?: string[]; ttlS?: number }): Promise<string>;
  client(wearable: Wearable, options?: Partial<DeviceClientOptions>): DeviceClient;
  feed(token: string): FeedClient;
  /** Stops the process's parts and starts them again on the same data, or on what `between` makes of it. */
  restart(between?: () => void): Promise<void>;
}

export interface RunningServerOptions {
  readonly clock?: Clock;
  readonly environment?: Readonly<Record<string, string>>;
}

/** Starts a server that is stopped, and its directory removed, when the test ends. Patients get ward `ward-1`. */
export async function runningServer(t: Test, options: RunningServerOptions = {}): Promise<RunningServer> {
  const directory = mkdtempSync(join(tmpdir(), 'vitalwire-'));
  const clock = options.clock ?? systemClock();
  const certs = join(directory, 'certs');
  const data = join(directory, 'var');
  const log: string[] = [];
  const { config, secrets } = loadConfig({
    NODE_ENV: 'test',
    VITALWIRE_HOST: '127.0.0.1',
    // Tests connect one device again and again; those of the limit set it.
    VITALWIRE_CONNECTS_PER_MINUTE: '100000',
    VITALWIRE_DEVICE_PORT: '0',
    VITALWIRE_CLINICIAN_PORT: '0',
    VITALWIRE_CERTS_DIR: certs,
    VITALWIRE_DATA_DIR: data,
    ...options.environment,
  });
  const start = (ports: Partial<Pick<Config, 'devicePort' | 'clinicianPort'>> = {}) =>
    startApp({
      config: { ...config, ...ports },
      secrets,
      clock,
      log: createLog('info', { write: (line) => void log.push(line) }),
    });
  let app = await start();
  const registry = await openSqliteRegistry({
    path: join(data, 'registry.db'),
    onError: (error) => {
      throw error;
    },
  });
  const open: AsyncDisposable[] = [];
  const server: RunningServer = {
    get app() {
      return app;
    },
    directory,
    registry,
    log,
    get deviceUrl() {
      return `https://localhost:${app.devicePort}`;
    },
    get clinicianUrl() {
      return `https://localhost:${app.clinicianPort}`;
    },
    async wearable(device, patient) {
      const id = deviceId(device);
      const { files } = await enrolDevice({
        registry,
        directory: certs,
        device: id,
        description: 'test',
        intervalMs: null,
        now: clock.now(),
      });
      if (patient !== undefined) {
        if (!registry.patient(patientId(patient)))
          await registry.addPatient({
            id: patientId(patient),
            ward: wardId('ward-1'),
            label: `Bed of ${patient}`,
            news2: 'scale_1',
          });
        await registry.assign(id, patientId(patient), clock.now() - 3_600_000);
      }
      const read = (path: string): string => readFileSync(path, 'utf8');
      await settled();
      return { files, cert: read(files.certificate), key: read(files.key), ca: read(files.authority) };
    },
    async token(clinician, { role = 'clinician', wards = ['ward-1'], ttlS = 3_600 } = {}) {
      const id = clinicianId(clinician);
      await registry.putClinician({ id, role, wards: wards.map(wardId), patients: [], active: true });
      await settled();
      const { token } = await issueClinicianToken(await loadTokenKeys(certs), {
        clinician: id,
        issuer: config.issuer,
        ttlS,
        now: clock.now(),
      });
      return token;
    },
    client(wearable, more = {}) {
      const client = new DeviceClient({
        url: server.deviceUrl,
        cert: wearable.cert,
        key: wearable.key,
        ca: wearable.ca,
        clock,
        ackIntervalMs: 0,
        ...more,
      });
      open.push(client);
      client.start();
      return client;
    },
    feed(token) {
      const feed = new FeedClient({
        url: server.clinicianUrl,
        token,
        ca: readFileSync(join(certs, 'root-ca.crt')),
        clock,
      });
      open.push(feed);
      feed.start();
      return feed;
    },
    async restart(between = () => {}) {
      // On the same ports: clients come back to the address they know.
      const { devicePort, clinicianPort } = app;
      await app[Symbol.asyncDispose]();
      between();
      app = await start({ devicePort, clinicianPort });
    },
    async [Symbol.asyncDispose]() {
      for (const client of open) await client[Symbol.asyncDispose]();
      await registry[Symbol.asyncDispose]();
      await app[Symbol.asyncDispose]();
      rmSync(directory, { recursive: true, force: true });
    },
  };
  t.teardown(() => server[Symbol.asyncDispose]());
  return server;
}

/** Longer than the server takes to see another process's change (250 ms). */
function settled(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 300));
}
