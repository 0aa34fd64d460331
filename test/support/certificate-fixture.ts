import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureDevelopmentCertificates } from '../../src/identity/certificate-setup.ts';
import { type Enrolment, enrolDevice } from '../../src/identity/enrolment.ts';
import { type DeviceId, deviceId } from '../../src/model/ids.ts';
import type { Registry } from '../../src/registry/registry.ts';
import { openSqliteRegistry } from '../../src/registry/registry-sqlite.ts';

export interface CertificateFixture extends AsyncDisposable {
  /** The certificates directory, with development authorities, server certificate and token key. */
  readonly directory: string;
  readonly registry: Registry;
  enrol(id: string): Promise<Enrolment & { readonly id: DeviceId }>;
}

/** A temporary directory with development certificates for localhost, and a registry beside it. */
export async function certificateFixture(): Promise<CertificateFixture> {
  const base = mkdtempSync(join(tmpdir(), 'vitalwire-identity-'));
  const directory = join(base, 'certs');
  await ensureDevelopmentCertificates({
    directory,
    serverNames: ['localhost', '127.0.0.1'],
    now: Date.now(),
  });
  const registry = await openSqliteRegistry({
    path: join(base, 'registry.db'),
    onError: (error) => {
      throw error;
    },
  });
  return {
    directory,
    registry,
    async enrol(text) {
      const id = deviceId(text);
      const request = { registry, directory, device: id, description: 'test', intervalMs: null };
      return { id, ...(await enrolDevice({ ...request, now: Date.now() })) };
    },
    async [Symbol.asyncDispose]() {
      await registry[Symbol.asyncDispose]();
      rmSync(base, { recursive: true, force: true });
    },
  };
}
