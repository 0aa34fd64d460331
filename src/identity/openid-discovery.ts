import { CodedError } from '../core/coded-error.ts';
import { type OpenIdTrust, providerJson } from './openid-answer.ts';
import { type OpenIdAlgorithm, type OpenIdKeySet, openIdKeySet } from './openid-key-set.ts';

export interface OpenIdDiscovery {
  /** Exactly as the provider's tokens say it. */
  readonly issuer: string;
  readonly algorithms: readonly OpenIdAlgorithm[];
  readonly trust: OpenIdTrust;
}

/**
 * The provider's keys, by way of its discovery document (OpenID Connect Discovery 1.0 section 4).
 * @throws CodedError as `providerJson`, and `provider_answer_invalid` when the document is of another issuer, names no
 *   https address of keys, or the keys are none
 */
export async function discoverKeys(
  { issuer, algorithms, trust }: OpenIdDiscovery,
  signal: AbortSignal,
): Promise<OpenIdKeySet> {
  const document = new URL(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`);
  const metadata = (await providerJson(document, trust, signal)) as Readonly<Record<string, unknown>> | null;
  // Section 4.3: identical, or a provider could speak for another.
  if (metadata?.issuer !== issuer) {
    throw new CodedError('provider_answer_invalid', `${document.href} is not of the issuer ${issuer}`);
  }
  const address = keyAddress(metadata.jwks_uri, document);
  if (address === null) {
    throw new CodedError('provider_answer_invalid', `${document.href} names no https address of its keys`);
  }
  return openIdKeySet(await providerJson(address, trust, signal), algorithms);
}

/** https; or http on the host itself, where the issuer is there too. */
function keyAddress(value: unknown, document: URL): URL | null {
  const url = typeof value === 'string' ? URL.parse(value) : null;
  if (url?.protocol === 'https:') return url;
  return url?.protocol === 'http:' && document.protocol === 'http:' && url.hostname === document.hostname
    ? url
    : null;
}
