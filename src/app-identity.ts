import { join } from 'node:path';
import { caPassphrase } from './config/ca-passphrase.ts';
import type { Config, Secrets } from './config/config.ts';
import type { Clock } from './core/clock.ts';
import type { CodedError } from './core/coded-error.ts';
import type { PartHealth } from './gateway/operations-routes.ts';
import { CredentialReload } from './identity/credential-reload.ts';
import type { KeyFileGuard } from './identity/key-files.ts';
import { observeOpenIdKeys } from './identity/openid-metrics.ts';
import { type ConnectedOpenIdProvider, connectOpenIdProvider } from './identity/openid-provider.ts';
import { RenewalIssuer } from './identity/renewal-issuer.ts';
import { RevocationPublisher } from './identity/revocation-publisher.ts';
import type { DoorAudit } from './observe/audit-doors.ts';
import type { Log } from './observe/log.ts';
import type { Metrics } from './observe/metrics.ts';
import type { Registry } from './registry/registry.ts';

export interface IdentityOptions {
  readonly config: Config;
  readonly secrets: Secrets;
  readonly keyFiles: KeyFileGuard;
  readonly registry: Registry;
  readonly audit: DoorAudit;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly onError: (error: CodedError) => void;
}

/** What the listeners go by to tell who somebody is; disposing it stops looking after it. */
export interface Identity extends AsyncDisposable {
  readonly credentials: CredentialReload;
  /** Null: no OpenID provider is configured. */
  readonly provider: ConnectedOpenIdProvider | null;
  readonly renewals: RenewalIssuer;
  health(): Readonly<Record<string, PartHealth>>;
}

/**
 * Opens the server's credentials, the provider of people's tokens and the authority of devices that renew, and keeps the
 * revocation lists published.
 * @throws CodedError `credential_*`, `passphrase_*`
 */
export async function openIdentity(options: IdentityOptions): Promise<Identity> {
  const { config, secrets, keyFiles, registry, audit, clock, log, metrics, onError } = options;
  const { certs: directory, crlUrl } = config;
  await using building = new AsyncDisposableStack();
  const credentials = building.use(
    await CredentialReload.open({
      directory,
      production: config.mode === 'production',
      serverNames: config.serverNamesGiven ? config.serverNames : null,
      keyFiles,
      listNumbers: join(config.data, 'crl-numbers.json'),
      registry,
      clock,
      log,
      metrics,
      onAct: (act) => audit.acted(act),
    }),
  );
  const provider = building.use(
    config.openId && (await connectOpenIdProvider({ ...config.openId, clock, log })),
  );
  observeOpenIdKeys(metrics, () => provider?.keys.figures() ?? null);
  const passphrase = await caPassphrase(config, secrets);
  const renewals = await RenewalIssuer.open({ directory, passphrase, crlUrl, keyFiles, clock, log });
  building.use(
    new RevocationPublisher({
      ...{ directory, registry, passphrase, clock, onError },
      onPublished: ({ authority, list }) => {
        const facts = { authority: authority.keyId, entries: list?.entries.length ?? 0 };
        log.info({ event: 'crl_published', ...facts }, `revocation list of the ${authority.name} authority`);
        audit.acted({ action: 'crl_published', subject: authority.keyId });
      },
    }),
  );
  const running = building.move();
  return {
    credentials,
    provider,
    renewals,
    health: () => ({
      certificates: credentials.health(),
      renewal: renewals.health(),
      ...(provider ? { identity_provider: provider.keys.health() } : {}),
    }),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
