import { generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto';
import {
  createServer as createHttpServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { type JWK, type JWTPayload, SignJWT } from 'jose';
import type { Test } from 'tap';
import type { OpenIdAlgorithm } from '../../src/identity/openid-key-set.ts';
import { chainPem } from '../../src/pki/certificate.ts';
import { createIssuingAuthority, createRootAuthority } from '../../src/pki/certificate-authority.ts';
import { generateKeyPair, privateKeyToPem } from '../../src/pki/key-pair.ts';
import { issueServerCertificate } from '../../src/pki/server-certificate.ts';
import { AuthorizationServer } from './openid-authorization.ts';

/** How the provider behaves; all but `good` are how providers fail, or how somebody in their place would cheat. */
export type ProviderMode =
  | 'good'
  | 'failing'
  | 'hanging'
  | 'dripping'
  | 'huge'
  | 'redirecting'
  | 'wrong_issuer'
  | 'not_json'
  | 'no_keys';

export interface ProviderKey {
  readonly kid: string;
  readonly algorithm: OpenIdAlgorithm;
  readonly privateKey: KeyObject;
  readonly jwk: JWK;
}

export interface TokenOptions {
  readonly key?: ProviderKey;
  readonly header?: Readonly<Record<string, unknown>>;
  readonly now?: number;
}

/** An OpenID provider: discovery, keys and sign-in, over TLS of an authority of its own. */
export interface TestProvider extends AsyncDisposable {
  readonly issuer: string;
  /** The authority of its TLS, in PEM. */
  readonly ca: string;
  mode: ProviderMode;
  /** What the discovery document says instead. */
  metadata: Readonly<Record<string, unknown>>;
  /** The keys that are published; the first signs. */
  keys: ProviderKey[];
  /** Where people sign in. */
  readonly authorization: AuthorizationServer;
  /** Signs an ID token; what stands here instead signs it otherwise. */
  idToken: (claims: JWTPayload) => Promise<string>;
  /** The provider's clock. */
  now: () => number;
  /** Paths that were asked for. */
  readonly asked: string[];
  /** Of discovery documents: one a fetch. */
  readonly fetches: number;
  newKey(algorithm?: OpenIdAlgorithm): ProviderKey;
  token(claims: JWTPayload, options?: TokenOptions): Promise<string>;
  /** Takes no more connections, and cuts those there are. */
  stop(): Promise<void>;
  start(): Promise<void>;
}

export const AUDIENCE = 'vitalwire-api';

export interface TestProviderOptions {
  /** Without TLS, for issuers on localhost. */
  readonly plain?: true;
  readonly path?: string;
  /** Does not listen yet. */
  readonly stopped?: true;
}

export function newProviderKey(algorithm: OpenIdAlgorithm = 'RS256'): ProviderKey {
  const { privateKey, publicKey } = keyPair(algorithm);
  const kid = randomUUID();
  return {
    kid,
    algorithm,
    privateKey,
    jwk: { ...publicKey.export({ format: 'jwk' }), kid, alg: algorithm, use: 'sig' } as JWK,
  };
}

function keyPair(algorithm: OpenIdAlgorithm) {
  switch (algorithm) {
    case 'ES256':
      return generateKeyPairSync('ec', { namedCurve: 'P-256' });
    case 'EdDSA':
      return generateKeyPairSync('ed25519');
    default:
      return generateKeyPairSync('rsa', { modulusLength: 2048 });
  }
}

/** Starts a provider that is stopped when the test ends. */
export async function openIdProvider(t: Test, options: TestProviderOptions = {}): Promise<TestProvider> {
  const tls = serverTls();
  const { path = '/realms/ward' } = options;
  const asked: string[] = [];
  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    asked.push(request.url ?? '');
    respond(provider, request, path, response);
  };
  const server: Server = options.plain
    ? createHttpServer(handle)
    : createHttpsServer({ key: tls.key, cert: tls.cert }, handle);
  const listen = (port: number) =>
    new Promise<void>((resolve) => void server.listen(port, '127.0.0.1', resolve));
  await listen(0);
  const { port } = server.address() as AddressInfo;
  const provider: TestProvider = {
    issuer: `${options.plain ? 'http' : 'https'}://localhost:${port}${path}`,
    ca: tls.ca,
    mode: 'good',
    metadata: {},
    keys: [newProviderKey()],
    authorization: new AuthorizationServer({
      issuer: () => provider.issuer,
      now: () => provider.now(),
      idToken: (claims) => provider.idToken(claims),
    }),
    idToken: (claims) => provider.token(claims),
    now: Date.now,
    asked,
    get fetches() {
      return asked.filter((url) => url.endsWith('/.well-known/openid-configuration')).length;
    },
    newKey: newProviderKey,
    token(claims, { key = provider.keys[0]!, header = {}, now = provider.now() } = {}) {
      const issued = Math.floor(now / 1000);
      return new SignJWT({ iss: provider.issuer, aud: AUDIENCE, iat: issued, exp: issued + 300, ...claims })
        .setProtectedHeader({ alg: key.algorithm, typ: 'JWT', kid: key.kid, ...header })
        .sign(key.privateKey);
    },
    async stop() {
      const closed = new Promise<void>((resolve) => void server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
    start: () => listen(port),
    async [Symbol.asyncDispose]() {
      if (server.listening) await provider.stop();
    },
  };
  if (options.stopped) await provider.stop();
  t.teardown(() => provider[Symbol.asyncDispose]());
  return provider;
}

function respond(
  provider: TestProvider,
  request: IncomingMessage,
  path: string,
  response: ServerResponse,
): void {
  const { mode, issuer, authorization } = provider;
  const url = request.url ?? '';
  const json = (value: unknown): void =>
    void response.setHeader('content-type', 'application/json').end(JSON.stringify(value));
  switch (mode) {
    case 'failing':
      return void response.writeHead(500).end('oops');
    case 'hanging':
      return;
    case 'dripping': {
      response.writeHead(200);
      const timer = setInterval(() => response.write(' '), 20);
      response.on('close', () => clearInterval(timer));
      return;
    }
    case 'huge':
      // Never more than the reader takes, and without an end.
      response.on('error', () => {});
      return void writeForEver(response);
    case 'redirecting':
      if (url.startsWith('/elsewhere')) break;
      return void response.writeHead(302, { location: `/elsewhere${url}` }).end();
    case 'not_json':
      return void response.end('<html>Sign in</html>');
  }
  const asked = url.replace(/^\/elsewhere/, '');
  if (asked === `${path}/.well-known/openid-configuration`) {
    return json({
      issuer: mode === 'wrong_issuer' ? 'https://evil.example' : issuer,
      jwks_uri: `${issuer}/keys`,
      ...authorization.metadata(),
      ...provider.metadata,
    });
  }
  if (asked === `${path}/keys`) {
    return json({ keys: mode === 'no_keys' ? [] : provider.keys.map(({ jwk }) => jwk) });
  }
  const { pathname } = new URL(asked, issuer);
  if (pathname === `${path}/authorize`) return authorization.authorize(new URL(asked, issuer), response);
  if (pathname === `${path}/token`) return void authorization.token(request, response);
  response.writeHead(404).end();
}

function writeForEver(response: ServerResponse): void {
  const chunk = Buffer.alloc(64 * 1024, ' ');
  const more = (): void => {
    while (!response.destroyed && response.write(chunk));
  };
  response.on('drain', more);
  more();
}

function serverTls(): { readonly ca: string; readonly key: string; readonly cert: string } {
  const now = Date.now();
  const organization = 'Provider';
  const root = createRootAuthority({ organization, commonName: 'Provider Root' }, now);
  const authority = createIssuingAuthority(root, {
    subject: { organization, commonName: 'Provider CA' },
    purpose: 'serverAuth',
    crlUrl: null,
    now,
  });
  const { privateKey, publicKey } = generateKeyPair();
  const names = ['localhost', '127.0.0.1'];
  const leaf = issueServerCertificate(authority, { names, organization, publicKey, crlUrl: null, now });
  return {
    ca: root.certificate.toString(),
    key: privateKeyToPem(privateKey),
    cert: chainPem(leaf, authority.certificate),
  };
}
