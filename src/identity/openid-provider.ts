import { X509Certificate } from 'node:crypto';
import type { Clock } from '../core/clock.ts';
import { CodedError } from '../core/coded-error.ts';
import type { Log } from '../observe/log.ts';
import { readCredential } from './credential-file.ts';
import { discoverKeys } from './openid-discovery.ts';
import { OpenIdKeys } from './openid-keys.ts';
import type { OpenIdProvider } from './openid-token.ts';

export interface OpenIdProviderOptions extends Omit<OpenIdProvider, 'keys'> {
  /** A file with certificates that the provider's TLS may chain to beside the public ones. */
  readonly caFile: string | null;
  readonly clock: Clock;
  readonly log: Log;
}

/** A provider whose keys are kept fresh in the background. Disposing it ends that. */
export interface ConnectedOpenIdProvider extends OpenIdProvider, Disposable {
  readonly keys: OpenIdKeys;
}

/**
 * Begins to fetch the provider's keys; it need not answer yet.
 * @throws CodedError `credential_missing`, `credential_unreadable`, `credential_invalid` for `caFile`
 */
export async function connectOpenIdProvider(
  options: OpenIdProviderOptions,
): Promise<ConnectedOpenIdProvider> {
  const { issuer, audience, algorithms, claims, caFile, clock, log } = options;
  const trust = { further: caFile === null ? null : await certificatesOf(caFile) };
  const keys = new OpenIdKeys({
    fetch: (signal) => discoverKeys({ issuer, algorithms, trust }, signal),
    clock,
    log,
  });
  keys.start();
  return { issuer, audience, algorithms, claims, keys, [Symbol.dispose]: () => keys[Symbol.dispose]() };
}

async function certificatesOf(path: string): Promise<string> {
  const pem = await readCredential(path, 'correct VITALWIRE_OIDC_CA_FILE');
  try {
    new X509Certificate(pem);
    return pem;
  } catch (cause) {
    throw new CodedError(
      'credential_invalid',
      `${path} is not a certificate in PEM: correct VITALWIRE_OIDC_CA_FILE`,
      { cause },
    );
  }
}
