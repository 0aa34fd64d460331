import {
  OPENID_SIGN_IN_SETTINGS,
  type OpenIdSignInConfig,
  openIdSignInConfig,
} from './openid-sign-in-settings.ts';
import { ConfigError, type Environment, read, type Setting, text } from './setting.ts';

/** What a token of the provider may be signed with. Never `none`, never a shared secret (RFC 8725 section 3.1). */
const ALGORITHMS = ['ES256', 'RS256', 'PS256', 'EdDSA'] as const;
const ROLES = ['clinician', 'charge', 'admin'] as const;

const LOCAL_HOSTS: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

const ISSUER: Setting<string> = {
  key: 'VITALWIRE_OIDC_ISSUER',
  default: '',
  about:
    'Issuer of an OpenID provider whose tokens let clinicians in beside those of this service, exactly as its tokens say it.',
  allowed:
    'an https URL without user, query or fragment (http for localhost, outside production), not VITALWIRE_ISSUER',
  // Compared to `iss` letter by letter: it is not to be normalised.
  parse: (value) => {
    if (value === '') return '';
    const url = URL.parse(value);
    if (!url || /[?#\s]/.test(value)) return null;
    if (url.username !== '' || url.password !== '') return null;
    if (url.protocol === 'https:') return value;
    return url.protocol === 'http:' && LOCAL_HOSTS.has(url.hostname) ? value : null;
  },
  show: (value) => value.replace(/\/\/.*@/, '//(hidden)@'),
};

const ALGORITHM_LIST: Setting<readonly (typeof ALGORITHMS)[number][]> = {
  key: 'VITALWIRE_OIDC_ALGORITHMS',
  default: ALGORITHMS.join(','),
  about: "Algorithms the provider's tokens may be signed with, comma separated.",
  allowed: `of ${ALGORITHMS.join(', ')}, comma separated`,
  parse: (value) => {
    const names = value.split(',').map((name) => ALGORITHMS.find((known) => known === name.trim()));
    return names.every((name) => name !== undefined) ? names : null;
  },
};

const ROLE_MAP: Setting<ReadonlyMap<string, (typeof ROLES)[number]>> = {
  key: 'VITALWIRE_OIDC_ROLES',
  default: '',
  about:
    'Roles by value of the role claim; a value that is not named gives none, and of several the first of clinician, charge, admin counts. Unset: the registry gives the role.',
  allowed: `value=role, comma separated, with a role of ${ROLES.join(', ')}, e.g. nurse=clinician,lead-nurse=charge`,
  parse: (value) => {
    const roles = new Map<string, (typeof ROLES)[number]>();
    for (const pair of value === '' ? [] : value.split(',')) {
      const at = pair.lastIndexOf('=');
      const name = pair.slice(0, Math.max(at, 0)).trim();
      const role = ROLES.find((known) => known === pair.slice(at + 1).trim());
      if (name === '' || role === undefined || roles.has(name)) return null;
      roles.set(name, role);
    }
    return roles;
  },
};

/** A claim by its name, or by the names on the way to it with dots between. */
function claim(key: string, fallback: string, about: string): Setting<string> {
  return {
    key,
    default: fallback,
    about,
    allowed: 'the name of a claim, or a path such as realm_access.roles',
    parse: (value) => (/\s/.test(value) ? null : value),
  };
}

/** Keys about sign-in through an OpenID provider. */
export const OPENID_SETTINGS = {
  oidcIssuer: ISSUER,
  oidcAudience: text(
    'VITALWIRE_OIDC_AUDIENCE',
    '',
    "Audience (`aud`) that the provider's access tokens must have; unset: none of them is taken, people sign in at the console only.",
  ),
  oidcCaFile: text(
    'VITALWIRE_OIDC_CA_FILE',
    '',
    "Certificates in PEM that the provider's TLS may chain to, beside the public ones.",
  ),
  oidcAlgorithms: ALGORITHM_LIST,
  oidcSubjectClaim: claim(
    'VITALWIRE_OIDC_SUBJECT_CLAIM',
    'sub',
    'Claim that is the clinician id. One that its bearer can not choose.',
  ),
  oidcRoleClaim: claim('VITALWIRE_OIDC_ROLE_CLAIM', 'roles', 'Claim with the roles: text or a list.'),
  oidcRoles: ROLE_MAP,
  oidcWardsClaim: claim(
    'VITALWIRE_OIDC_WARDS_CLAIM',
    '',
    'Claim with ward ids. With neither this nor the next, the registry gives wards and patients.',
  ),
  oidcPatientsClaim: claim('VITALWIRE_OIDC_PATIENTS_CLAIM', '', 'Claim with patient ids.'),
  ...OPENID_SIGN_IN_SETTINGS,
} as const;

/** The OpenID provider that clinicians may sign in through, and what its tokens' claims mean here. */
export interface OpenIdConfig {
  readonly issuer: string;
  /** Of access tokens; null: none is taken. */
  readonly audience: string | null;
  /** Null: nobody signs in at the console through the provider. */
  readonly signIn: OpenIdSignInConfig | null;
  readonly caFile: string | null;
  readonly algorithms: readonly (typeof ALGORITHMS)[number][];
  readonly claims: {
    readonly subject: string;
    readonly role: string;
    /** By value of the role claim; null: the registry gives the role. */
    readonly roles: ReadonlyMap<string, (typeof ROLES)[number]> | null;
    /** Both null: the registry gives wards and patients. */
    readonly wards: string | null;
    readonly patients: string | null;
  };
}

/** The provider as configured; null where none is. @throws ConfigError */
export function openIdConfig(
  environment: Environment,
  service: { readonly mode: string; readonly issuer: string },
): OpenIdConfig | null {
  const issuer = read(environment, ISSUER);
  const audience = read(environment, OPENID_SETTINGS.oidcAudience);
  const signIn = openIdSignInConfig(environment, { mode: service.mode, issuer });
  if (issuer === '') {
    if (audience === '') return null;
    throw new ConfigError(ISSUER.key, '', `must be set with ${OPENID_SETTINGS.oidcAudience.key}`);
  }
  const { oidcAudience, oidcClientId } = OPENID_SETTINGS;
  if (audience === '' && signIn === null)
    throw new ConfigError(
      oidcAudience.key,
      '',
      `must be set with ${ISSUER.key}, or ${oidcClientId.key} for sign-in at the console`,
    );
  if (audience !== '' && audience === signIn?.clientId)
    throw new ConfigError(
      oidcAudience.key,
      JSON.stringify(audience),
      `must not be ${oidcClientId.key}, or the console's ID tokens would pass as access tokens: give the API an audience of its own`,
    );
  if (issuer === service.issuer || (service.mode === 'production' && !issuer.startsWith('https:')))
    throw new ConfigError(ISSUER.key, JSON.stringify(issuer), `must be ${ISSUER.allowed}`);
  const roles = read(environment, ROLE_MAP);
  return {
    issuer,
    audience: audience || null,
    signIn,
    caFile: read(environment, OPENID_SETTINGS.oidcCaFile) || null,
    algorithms: read(environment, ALGORITHM_LIST),
    claims: {
      subject: read(environment, OPENID_SETTINGS.oidcSubjectClaim),
      role: read(environment, OPENID_SETTINGS.oidcRoleClaim),
      roles: roles.size === 0 ? null : roles,
      wards: read(environment, OPENID_SETTINGS.oidcWardsClaim) || null,
      patients: read(environment, OPENID_SETTINGS.oidcPatientsClaim) || null,
    },
  };
}
