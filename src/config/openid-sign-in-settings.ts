import { CONSOLE_SETTINGS } from './console-settings.ts';
import { ConfigError, type Environment, read, type Setting, text } from './setting.ts';

/** A value of `scope` (RFC 6749 section 3.3): printable ASCII without space, quote and backslash. */
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]+$/;
/** A button has room for so much. */
const MAX_NAME_LENGTH = 64;

const SCOPES: Setting<readonly string[]> = {
  key: 'VITALWIRE_OIDC_SCOPES',
  default: 'openid',
  about:
    'Scopes that the console asks the provider for, with spaces between; what roles and wards need beside openid.',
  allowed: 'openid, and others with spaces between, of at most 1,000 characters',
  parse: (value) => {
    const scopes = value.split(/ +/);
    if (value.length > 1_000 || !scopes.every((scope) => SCOPE.test(scope))) return null;
    // Without it the provider gives no ID token (OpenID Connect Core section 3.1.2.1).
    return scopes.includes('openid') ? scopes : null;
  },
};

const NAME: Setting<string> = {
  key: 'VITALWIRE_OIDC_NAME',
  default: '',
  about: "What the button of the console's sign-in calls the provider; unset: its host name.",
  allowed: `text of at most ${MAX_NAME_LENGTH} characters`,
  parse: (value) => (value.length <= MAX_NAME_LENGTH && !/\p{Cc}/u.test(value) ? value : null),
};

const CLIENT_ID = text(
  'VITALWIRE_OIDC_CLIENT_ID',
  '',
  'The console as the provider knows it. Set: people may sign in at the console through the provider.',
);

const CLIENT_SECRET = text(
  'VITALWIRE_OIDC_CLIENT_SECRET',
  '',
  'Secret of that client; unset: the provider has it as a public client.',
  { secret: true },
);

/** Keys about people who sign in at the console through the OpenID provider. */
export const OPENID_SIGN_IN_SETTINGS = {
  oidcClientId: CLIENT_ID,
  oidcClientSecret: CLIENT_SECRET,
  oidcScopes: SCOPES,
  oidcName: NAME,
} as const;

/** The console as a client of the provider; its secret is kept with the other secrets. */
export interface OpenIdSignInConfig {
  readonly clientId: string;
  readonly scopes: readonly string[];
  /** For people. */
  readonly name: string;
}

/**
 * Sign-in at the console through the provider; null where it is not offered.
 * @param issuer of the provider; '' where none is set
 * @throws ConfigError
 */
export function openIdSignInConfig(
  environment: Environment,
  { mode, issuer }: { readonly mode: string; readonly issuer: string },
): OpenIdSignInConfig | null {
  const clientId = read(environment, CLIENT_ID);
  if (clientId === '') {
    if (read(environment, CLIENT_SECRET) === '') return null;
    throw new ConfigError(CLIENT_ID.key, '', `must be set with ${CLIENT_SECRET.key}`);
  }
  if (issuer === '') throw new ConfigError('VITALWIRE_OIDC_ISSUER', '', `must be set with ${CLIENT_ID.key}`);
  const { consoleUrl } = CONSOLE_SETTINGS;
  if (mode === 'production' && read(environment, consoleUrl) === '')
    throw new ConfigError(
      consoleUrl.key,
      '',
      `must be set with ${CLIENT_ID.key}, e.g. https://vitals.hospital.example: the provider leads people back there`,
    );
  return {
    clientId,
    scopes: read(environment, SCOPES),
    name: read(environment, NAME) || new URL(issuer).host,
  };
}
