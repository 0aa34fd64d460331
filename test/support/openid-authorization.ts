import { createHash, randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { JWTPayload } from 'jose';

/** The one client a provider knows. */
export interface ProviderClient {
  readonly id: string;
  /** Null: a public client. */
  readonly secret: string | null;
  readonly redirectUri: string;
}

/** Somebody who is signed in at the provider, and what it says of them and of the sign-in. */
export interface SignedInPerson {
  readonly claims: JWTPayload;
  /** Null: they are not let in. */
  readonly error: string | null;
}

export interface AuthorizationServerOptions {
  readonly issuer: () => string;
  readonly now: () => number;
  /** Signs the claims of an ID token. */
  readonly idToken: (claims: JWTPayload) => Promise<string>;
}

interface Grant {
  readonly clientId: string;
  readonly redirectUri: string;
  readonly nonce: string | null;
  readonly challenge: string;
  used: boolean;
}

/**
 * The part of a provider that signs people in: authorization endpoint (RFC 6749 4.1.1, RFC 9207) and token endpoint, with
 * PKCE (RFC 7636) required, S256 only, and codes that hold once.
 */
export class AuthorizationServer {
  client: ProviderClient = { id: 'console', secret: null, redirectUri: '' };
  person: SignedInPerson = { claims: { sub: 'n1' }, error: null };
  /** What the token endpoint was asked for last, by name. */
  asked: URLSearchParams = new URLSearchParams();
  /** `error` of each refusal of the token endpoint. */
  readonly refusals: string[] = [];
  readonly #options: AuthorizationServerOptions;
  readonly #grants = new Map<string, Grant>();

  constructor(options: AuthorizationServerOptions) {
    this.#options = options;
  }

  metadata(): Readonly<Record<string, unknown>> {
    const issuer = this.#options.issuer();
    return {
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      response_types_supported: ['code'],
      code_challenge_methods_supported: ['S256'],
      authorization_response_iss_parameter_supported: true,
    };
  }

  /** Answers for a person who is signed in already. */
  authorize(url: URL, response: ServerResponse): void {
    const { searchParams: asked } = url;
    const { client, person } = this;
    const known = asked.get('client_id') === client.id && asked.get('redirect_uri') === client.redirectUri;
    const challenge = asked.get('code_challenge');
    const inOrder =
      asked.get('response_type') === 'code' &&
      asked.get('scope')?.split(' ').includes('openid') === true &&
      asked.get('code_challenge_method') === 'S256' &&
      challenge?.length === 43;
    if (!known || !inOrder) return void response.writeHead(400).end('The request is not in order.');
    const back = new URL(client.redirectUri);
    back.searchParams.set('state', asked.get('state') ?? '');
    back.searchParams.set('iss', this.#options.issuer());
    if (person.error === null) back.searchParams.set('code', this.#grant(asked, challenge));
    else back.searchParams.set('error', person.error);
    response.writeHead(302, { location: back.href }).end();
  }

  #grant(asked: URLSearchParams, challenge: string): string {
    const code = randomUUID();
    const nonce = asked.get('nonce');
    const { id: clientId, redirectUri } = this.client;
    this.#grants.set(code, { clientId, redirectUri, nonce, challenge, used: false });
    return code;
  }

  async token(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const asked = new URLSearchParams(body);
    this.asked = asked;
    const refusal = this.#refusalOf(asked, request.headers.authorization);
    if (refusal !== null) {
      this.refusals.push(refusal);
      return answer(response, refusal === 'invalid_client' ? 401 : 400, { error: refusal });
    }
    const grant = this.#grants.get(asked.get('code') ?? '') as Grant;
    grant.used = true;
    const nowS = Math.floor(this.#options.now() / 1000);
    answer(response, 200, {
      access_token: randomUUID(),
      token_type: 'Bearer',
      expires_in: 300,
      id_token: await this.#options.idToken({
        iss: this.#options.issuer(),
        aud: grant.clientId,
        iat: nowS,
        exp: nowS + 300,
        ...(grant.nonce === null ? {} : { nonce: grant.nonce }),
        ...this.person.claims,
      }),
    });
  }

  #refusalOf(asked: URLSearchParams, authorization: string | undefined): string | null {
    const { id, secret } = this.client;
    const authenticated =
      secret === null ? asked.get('client_id') === id : isBasic(authorization, [id, secret]);
    if (!authenticated) return 'invalid_client';
    if (asked.get('grant_type') !== 'authorization_code') return 'unsupported_grant_type';
    const grant = this.#grants.get(asked.get('code') ?? '');
    const verifier = asked.get('code_verifier') ?? '';
    const challenge = createHash('sha256').update(verifier).digest('base64url');
    const holds =
      grant !== undefined &&
      !grant.used &&
      grant.clientId === id &&
      grant.redirectUri === asked.get('redirect_uri') &&
      grant.challenge === challenge;
    return holds ? null : 'invalid_grant';
  }
}

/** RFC 6749 section 2.3.1: both parts are form-urlencoded before they are joined. */
function isBasic(authorization: string | undefined, expected: readonly string[]): boolean {
  const [scheme, credentials = ''] = (authorization ?? '').split(' ');
  const parts = Buffer.from(credentials, 'base64').toString('utf8').split(':');
  const given = parts.map((part) => new URLSearchParams(`part=${part}`).get('part'));
  return scheme === 'Basic' && given.length === 2 && given.every((part, i) => part === expected[i]);
}

function answer(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}
