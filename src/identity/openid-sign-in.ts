import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  ClientSecretBasic,
  ClientSecretPost,
  Configuration,
  calculatePKCECodeChallenge,
  clockSkew,
  clockTolerance,
  customFetch,
  None,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
} from 'openid-client';
import type { Clock } from '../core/clock.ts';
import { CodedError } from '../core/coded-error.ts';
import { TOKEN_SKEW_S } from './access-token.ts';
import type { ClinicianPrincipal } from './clinician-principal.ts';
import { IdentityError } from './identity-error.ts';
import { providerAnswer } from './openid-answer.ts';
import type { OpenIdEndpoints } from './openid-discovery.ts';
import { OPENID_KEY_POLICY } from './openid-keys.ts';
import type { ConnectedOpenIdProvider } from './openid-provider.ts';
import { signInFailure } from './openid-sign-in-failure.ts';
import { verifyIdToken } from './openid-token.ts';
import type { SignInTransaction } from './sign-in-transactions.ts';

/** Codes that may be exchanged at the same time; more people are asked to come back. */
const MAX_EXCHANGES = 64;

/** The console as the provider knows it. */
export interface OpenIdClient {
  readonly clientId: string;
  /** Null: a public client. */
  readonly secret: string | null;
  readonly scopes: readonly string[];
  /** Where the provider sends people back to, registered there letter by letter; asked for once the server listens. */
  readonly redirectUri: () => string;
}

export interface OpenIdSignInOptions {
  readonly provider: ConnectedOpenIdProvider;
  readonly client: OpenIdClient;
  readonly clock: Clock;
}

/** A sign-in that begins: where the browser goes, and what it must come back with. */
export interface BegunSignIn {
  readonly url: URL;
  readonly transaction: Omit<SignInTransaction, 'returnTo'>;
}

/**
 * Signs people in through the provider: OpenID Connect, authorization code with PKCE (RFC 7636). Of what the provider
 * says only the ID token counts, and no token of its is kept.
 */
export class OpenIdSignIn {
  readonly #options: OpenIdSignInOptions;
  #exchanges = 0;

  constructor(options: OpenIdSignInOptions) {
    this.#options = options;
  }

  /** @throws IdentityError `identity_provider_unavailable` */
  async begin(): Promise<BegunSignIn> {
    const { provider, client } = this.#options;
    const transaction = { state: randomState(), nonce: randomNonce(), verifier: randomPKCECodeVerifier() };
    const configuration = this.#configuration(await provider.endpoints());
    const url = buildAuthorizationUrl(configuration, {
      redirect_uri: client.redirectUri(),
      scope: client.scopes.join(' '),
      state: transaction.state,
      nonce: transaction.nonce,
      code_challenge: await calculatePKCECodeChallenge(transaction.verifier),
      code_challenge_method: 'S256',
    });
    return { url, transaction };
  }

  /**
   * Who came back, by what the provider says of them.
   * @param query as it came with the browser, from the `?` on
   * @throws IdentityError `sign_in_failed`, `role_forbidden`, `identity_provider_unavailable`; none of them, nor their causes,
   *   holds a code or a token
   */
  async complete(query: string, transaction: SignInTransaction): Promise<ClinicianPrincipal> {
    const { provider, client, clock } = this.#options;
    if (this.#exchanges >= MAX_EXCHANGES) {
      throw new IdentityError('identity_provider_unavailable', 'too many sign-ins wait for the provider');
    }
    this.#exchanges++;
    try {
      const configuration = this.#configuration(await provider.endpoints());
      const token = await this.#exchange(configuration, query, transaction);
      const { principal } = await verifyIdToken(provider, client.clientId, token, clock.now());
      return principal;
    } catch (cause) {
      throw signInFailure(cause);
    } finally {
      this.#exchanges--;
    }
  }

  /** @returns the ID token: its issuer, audience, times and nonce are as they must be, its signature is not looked at yet */
  async #exchange(
    configuration: Configuration,
    query: string,
    { state, nonce, verifier }: SignInTransaction,
  ): Promise<string> {
    const { clock, client } = this.#options;
    const { timeoutMs } = OPENID_KEY_POLICY;
    const late = new AbortController();
    const timer = clock.after(timeoutMs, () =>
      late.abort(new CodedError('provider_timeout', `no answer in ${timeoutMs} ms`)),
    );
    configuration[customFetch] = (url, request) => this.#fetch(url, request, late.signal);
    const url = new URL(client.redirectUri());
    url.search = query;
    try {
      const { id_token: token } = await authorizationCodeGrant(configuration, url, {
        pkceCodeVerifier: verifier,
        expectedState: state,
        expectedNonce: nonce,
      });
      if (token === undefined) throw new CodedError('provider_answer_invalid', 'there is no ID token');
      return token;
    } finally {
      timer.cancel();
    }
  }

  /** A request of the library's, within the bounds of every other to the provider. */
  async #fetch(
    url: string,
    request: { readonly headers: Record<string, string>; readonly body: unknown },
    signal: AbortSignal,
  ): Promise<Response> {
    const { trust } = this.#options.provider;
    const asked = { method: 'POST', headers: request.headers, body: String(request.body) } as const;
    const { status, headers, body } = await providerAnswer(new URL(url), asked, trust, signal);
    if (status < 200 || status > 599 || body === '') {
      throw new CodedError('provider_refused', `its token endpoint answered ${status} without a document`);
    }
    const kept = [headers['content-type'], headers['www-authenticate']].map((value) => String(value ?? ''));
    const [type = '', challenge = ''] = kept;
    return new Response(body, {
      status,
      headers: { 'content-type': type, ...(challenge === '' ? {} : { 'www-authenticate': challenge }) },
    });
  }

  /** Made for each use: it holds how far our clock is from the one that the library reads. */
  #configuration({ authorization, token, secretBy, namesIssuer }: OpenIdEndpoints): Configuration {
    const { provider, client, clock } = this.#options;
    const { clientId, secret } = client;
    const authenticate = secretBy === 'basic' ? ClientSecretBasic : ClientSecretPost;
    const configuration = new Configuration(
      {
        issuer: provider.issuer,
        authorization_endpoint: authorization.href,
        token_endpoint: token.href,
        authorization_response_iss_parameter_supported: namesIssuer,
        // As set here, not as the provider would have it.
        id_token_signing_alg_values_supported: [...provider.algorithms],
      },
      clientId,
      {
        [clockSkew]: Math.round((clock.now() - Date.now()) / 1_000),
        [clockTolerance]: TOKEN_SKEW_S,
      },
      secret === null ? None() : authenticate(secret),
    );
    // Only where the issuer itself is http, on the host itself.
    if (provider.issuer.startsWith('http:')) allowInsecureRequests(configuration);
    return configuration;
  }
}
