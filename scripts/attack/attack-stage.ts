import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SETTINGS } from '../../src/config/settings.ts';
import type { CodedError } from '../../src/core/coded-error.ts';
import { authorityPaths, loadTokenKeys } from '../../src/identity/certificate-directory.ts';
import type { TokenKeySchedule } from '../../src/identity/token-keys.ts';
import type { Registry } from '../../src/registry/registry.ts';
import { openSqliteRegistry } from '../../src/registry/registry-sqlite.ts';
import { AttackServer } from './attack-server.ts';
import { type CertificateWorld, certificateWorld } from './certificates/certificate-world.ts';

/** Where an attack takes place: a running server, and everything of it that could be stolen. */
export interface AttackStage extends AsyncDisposable {
  readonly server: AttackServer;
  /** A connection of its own, as an admin's script has. */
  readonly registry: Registry;
  readonly keys: TokenKeySchedule;
  readonly issuer: string;
  readonly world: CertificateWorld;
  /** The root, PEM. */
  readonly ca: string;
}

export async function attackStage(): Promise<AttackStage> {
  await using building = new AsyncDisposableStack();
  const server = building.use(await AttackServer.start());
  const registry = building.use(
    await openSqliteRegistry({
      path: join(server.data, 'registry.db'),
      onError: (error: CodedError) => process.stderr.write(`attack: ${error.message}\n`),
    }),
  );
  const stage = {
    server,
    registry,
    keys: await loadTokenKeys(server.certs),
    issuer: SETTINGS.issuer.default,
    world: await certificateWorld(server.certs),
    ca: readFileSync(authorityPaths(server.certs, 'root').certificate, 'utf8'),
  };
  const running = building.move();
  return { ...stage, [Symbol.asyncDispose]: () => running.disposeAsync() };
}
