import { X509Certificate } from 'node:crypto';
import type { Clock } from '../core/clock.ts';
import { CodedError } from '../core/coded-error.ts';
import type { Log } from '../observe/log.ts';
import { readCredential } from './credential-file.ts';
import { IdentityError } from './identity-error.ts';
import type { OpenIdTrust } from './openid-answer.ts';
import { discoverProvider, type OpenIdEndpoints } from './openid-discovery.ts';
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
  readonly trust: OpenIdTrust;
  /**
   * Where people sign in, as of the last answer of its that held.
   * @throws IdentityError `identity_provider_unavailable`
   */
  endpoints(): Promise<OpenIdEndpoints>;
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
  let endpoints: OpenIdEndpoints | null = null;
  const keys = new OpenIdKeys({
    fetch: async (signal) => {
      const found = await discoverProvider({ issuer, algorithms, trust }, signal);
      endpoints = found.endpoints;
      return found.keys;
    },
    clock,
    log,
  });
  keys.start();
  return {
    ...{ issuer, audience, algorithms, claims, keys, trust },
    async endpoints() {
      await keys.ready();
      if (endpoints !== null) return endpoints;
      throw new IdentityError(
        'identity_provider_unavailable',
        'the discovery document of the identity provider names no https endpoints to sign in with',
      );
    },
    [Symbol.dispose]: () => keys[Symbol.dispose](),
  };
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
