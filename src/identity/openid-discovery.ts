import { CodedError } from '../core/coded-error.ts';
import { type OpenIdTrust, providerJson } from './openid-answer.ts';
import { type OpenIdAlgorithm, type OpenIdKeySet, openIdKeySet } from './openid-key-set.ts';

export interface OpenIdDiscovery {
  /** Exactly as the provider's tokens say it. */
  readonly issuer: string;
  readonly algorithms: readonly OpenIdAlgorithm[];
  readonly trust: OpenIdTrust;
}

/** Where people sign in, and how their sign-in is completed. */
export interface OpenIdEndpoints {
  readonly authorization: URL;
  readonly token: URL;
  /** How a client with a secret shows it (RFC 6749 section 2.3.1). */
  readonly secretBy: 'basic' | 'post';
  /** Every answer to a sign-in names the provider (RFC 9207 section 3). */
  readonly namesIssuer: boolean;
}

export interface DiscoveredProvider {
  readonly keys: OpenIdKeySet;
  /** Null: its document names none, or none over https; its tokens may hold all the same. */
  readonly endpoints: OpenIdEndpoints | null;
}

/**
 * The provider's keys and endpoints, by way of its discovery document (OpenID Connect Discovery 1.0 section 4).
 * @throws CodedError as `providerJson`, and `provider_answer_invalid` when the document is of another issuer, names no
 *   https address of keys, or the keys are none
 */
export async function discoverProvider(
  { issuer, algorithms, trust }: OpenIdDiscovery,
  signal: AbortSignal,
): Promise<DiscoveredProvider> {
  const document = new URL(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`);
  const metadata = (await providerJson(document, trust, signal)) as Readonly<Record<string, unknown>> | null;
  // Section 4.3: identical, or a provider could speak for another.
  if (metadata?.issuer !== issuer) {
    throw new CodedError('provider_answer_invalid', `${document.href} is not of the issuer ${issuer}`);
  }
  const address = addressAt(metadata.jwks_uri, document);
  if (address === null) {
    throw new CodedError('provider_answer_invalid', `${document.href} names no https address of its keys`);
  }
  const keys = openIdKeySet(await providerJson(address, trust, signal), algorithms);
  return { keys, endpoints: endpointsOf(metadata, document) };
}

function endpointsOf(metadata: Readonly<Record<string, unknown>>, document: URL): OpenIdEndpoints | null {
  const authorization = addressAt(metadata.authorization_endpoint, document);
  const token = addressAt(metadata.token_endpoint, document);
  if (authorization === null || token === null) return null;
  const methods = metadata.token_endpoint_auth_methods_supported;
  // Section 3: left out, it is client_secret_basic.
  const posts = Array.isArray(methods) && !methods.includes('client_secret_basic');
  return {
    ...{ authorization, token, secretBy: posts ? 'post' : 'basic' },
    namesIssuer: metadata.authorization_response_iss_parameter_supported === true,
  };
}

/** https; or http on the host itself, where the issuer is there too. */
function addressAt(value: unknown, document: URL): URL | null {
  const url = typeof value === 'string' ? URL.parse(value) : null;
  if (url?.protocol === 'https:') return url;
  return url?.protocol === 'http:' && document.protocol === 'http:' && url.hostname === document.hostname
    ? url
    : null;
}
