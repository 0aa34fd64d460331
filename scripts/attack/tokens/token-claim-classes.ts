import {
  compact,
  es256,
  oneOf,
  type TokenClass,
  type TokenForge,
  withClaims,
  withHeader,
} from './forged-token.ts';

function claims(forge: TokenForge, name: string, values: readonly unknown[]) {
  const value = forge.random.pick(values);
  // Times differ from run to run, what is done does not.
  const shown = (JSON.stringify(value) ?? 'left out').replaceAll(/\d{10}|\d{4}-[\d:.T-]+Z/g, 'time');
  return { variant: `${name} ${shown}`, token: withClaims(forge, { [name]: value }) };
}

/** With a number written as JSON has it and JavaScript would not write it. */
function withNumber({ header, claims: good, signingKey }: TokenForge, name: string, text: string): string {
  const payload = JSON.stringify({ ...good, [name]: '@@' }).replace('"@@"', text);
  return compact(header, payload, es256(signingKey));
}

function confirmation(forge: TokenForge, ways: Readonly<Record<string, unknown>>) {
  const variant = forge.random.pick(Object.keys(ways));
  return { variant, token: withClaims(forge, { cnf: ways[variant] }) };
}

function thumbprintOf({ claims: good }: TokenForge): string {
  return String((good.cnf as Readonly<Record<string, unknown>>)['x5t#S256']);
}

/** Well signed with the service's own key: what is wrong is what it says. */
export const CLAIM_CLASSES: Readonly<Record<string, TokenClass>> = {
  typ_wrong: {
    forge(forge) {
      const typ = forge.random.pick([
        undefined,
        null,
        'JWT',
        'jwt',
        'at',
        'at+jwt ',
        'x-at+jwt',
        'text/at+jwt',
        'JOSE',
        1,
      ]);
      return { variant: JSON.stringify(typ) ?? 'left out', token: withHeader(forge, { typ }) };
    },
  },
  iss_wrong: {
    forge(forge) {
      const iss = String(forge.claims.iss);
      return claims(forge, 'iss', [
        ...[
          undefined,
          null,
          '',
          1,
          [iss],
          `${iss}/`,
          `${iss}.evil.example`,
          iss.toUpperCase(),
          iss.slice(0, -1),
        ],
        'https://evil.example',
      ]);
    },
  },
  aud_wrong: {
    forge(forge) {
      const aud = String(forge.claims.aud);
      return claims(forge, 'aud', [
        ...[
          undefined,
          null,
          '',
          1,
          [],
          aud.toUpperCase(),
          `${aud}s`,
          aud.slice(0, -1),
          `${aud} `,
          'vitalwire',
          '*',
        ],
        'https://evil.example',
      ]);
    },
  },
  aud_of_the_other_listener: {
    forge: (forge) =>
      claims(forge, 'aud', [forge.kind === 'device' ? 'vitalwire:clinician' : 'vitalwire:device']),
  },
  aud_in_a_list: {
    forge(forge) {
      const aud = String(forge.claims.aud);
      return claims(forge, 'aud', [
        [aud],
        [aud, 'https://evil.example'],
        ['https://evil.example', aud],
        [[aud]],
      ]);
    },
  },
  sub_wrong: {
    forge(forge) {
      const sub = String(forge.claims.sub);
      return claims(forge, 'sub', [
        ...[
          undefined,
          null,
          '',
          1,
          [sub],
          { id: sub },
          `${sub}.`,
          ` ${sub}`,
          `${sub}\0`,
          sub.toUpperCase(),
          '../',
        ],
        ...['__proto__', '*'],
      ]);
    },
  },
  sub_of_another: {
    only: 'device',
    forge: (forge) => claims(forge, 'sub', ['victim-1', 'victim-2', 'token-x']),
  },
  sub_of_nobody: {
    only: 'clinician',
    forge: (forge) => claims(forge, 'sub', ['nobody', 'retired-nurse']),
  },
  exp_missing: { forge: (forge) => claims(forge, 'exp', [undefined, null]) },
  exp_of_another_type: {
    forge(forge) {
      const later = forge.nowS + 600;
      return claims(forge, 'exp', [
        `${later}`,
        '',
        [later],
        { at: later },
        true,
        new Date(later * 1_000).toISOString(),
      ]);
    },
  },
  exp_out_of_range: {
    forge(forge) {
      const text = forge.random.pick([
        '1e308',
        '1e400',
        '9007199254740993',
        '1e15',
        '-1',
        '-1e308',
        '0',
        '-0',
      ]);
      return { variant: text, token: withNumber(forge, 'exp', text) };
    },
  },
  expired: {
    forge(forge) {
      const ago = forge.random.pick([1, 2.5, 59, 61, 3_600, 86_400, 400_000_000]);
      return {
        variant: `${ago} s ago`,
        token: withClaims(forge, { exp: forge.nowS - ago, iat: forge.nowS - ago - 60 }),
      };
    },
  },
  iat_in_the_future: {
    forge(forge) {
      const ahead = forge.random.pick([120, 3_600, 86_400, 1e9, 1e300]);
      return {
        variant: `${ahead} s`,
        token: withClaims(forge, { iat: forge.nowS + ahead, exp: forge.nowS + ahead + 60 }),
      };
    },
  },
  iat_wrong: {
    forge: (forge) => claims(forge, 'iat', [undefined, null, '0', `${forge.nowS}`, [forge.nowS], {}, true]),
  },
  nbf_in_the_future: {
    forge(forge) {
      const ahead = forge.random.pick([120, 3_600, 86_400, 1e9]);
      return {
        variant: `${ahead} s`,
        token: withClaims(forge, { nbf: forge.nowS + ahead, exp: forge.nowS + ahead + 60 }),
      };
    },
  },
  nbf_wrong: { forge: (forge) => claims(forge, 'nbf', [null, '0', `${forge.nowS}`, [0], {}, true]) },
  jti_missing: { forge: (forge) => claims(forge, 'jti', [undefined]) },
  cnf_missing: { only: 'device', forge: (forge) => claims(forge, 'cnf', [undefined, null]) },
  cnf_of_another: {
    only: 'device',
    forge: (forge) => ({
      variant: 'in good standing',
      token: withClaims(forge, { cnf: { 'x5t#S256': forge.otherThumbprint } }),
    }),
  },
  cnf_spelt_otherwise: {
    only: 'device',
    forge(forge) {
      const own = thumbprintOf(forge);
      const bytes = Buffer.from(own, 'base64url');
      return confirmation(forge, {
        padded: { 'x5t#S256': `${own}=` },
        hex: { 'x5t#S256': bytes.toString('hex') },
        'hex in capitals': { 'x5t#S256': bytes.toString('hex').toUpperCase() },
        'in capitals': { 'x5t#S256': `${own.toUpperCase()}` },
        'base64 with padding': { 'x5t#S256': bytes.toString('base64') },
        'a space before': { 'x5t#S256': ` ${own}` },
        'a line end behind': { 'x5t#S256': `${own}\n` },
        'cut short': { 'x5t#S256': own.slice(0, -1) },
        empty: { 'x5t#S256': '' },
        null: { 'x5t#S256': null },
      });
    },
  },
  cnf_of_another_shape: {
    only: 'device',
    forge(forge) {
      const own = thumbprintOf(forge);
      return confirmation(forge, {
        'in a list': { 'x5t#S256': [own] },
        'a list': [{ 'x5t#S256': own }],
        text: own,
        number: 1,
        empty: {},
        'in an object': { 'x5t#S256': { value: own } },
        'by SHA-1': { x5t: own },
        'by key': { jkt: own },
        'by name': { kid: own },
        'in capitals': { 'X5T#S256': own },
        'one level down': { cnf: { 'x5t#S256': own } },
        'by the prototype': { ['__proto__']: { 'x5t#S256': own } },
      });
    },
  },
  payload_is_no_object: {
    forge({ random, header, signingKey, claims: good }) {
      const payload = random.pick([
        '[]',
        '"text"',
        'null',
        '1',
        'true',
        '',
        '{',
        `[${JSON.stringify(good)}]`,
        '\u0000',
      ]);
      const variant = payload.startsWith('[{') ? 'the claims in a list' : JSON.stringify(payload);
      return { variant, token: compact(header, payload, es256(signingKey)) };
    },
  },
  claim_twice: {
    forge({ random, header, claims: good, signingKey, nowS }) {
      // The last one counts, or none of them (RFC 7519 section 4).
      const last = random.pick([
        '"sub":"victim-9"',
        `"exp":${nowS - 60}`,
        '"iss":"https://evil.example"',
        '"aud":"x"',
      ]);
      const payload = `${JSON.stringify(good).slice(0, -1)},${last}}`;
      return { variant: last.slice(0, 5), token: compact(header, payload, es256(signingKey)) };
    },
  },
  header_parameter_twice: {
    forge: ({ random, header, claims: good, signingKey }) =>
      oneOf(random, {
        'alg none last': () =>
          compact(`${JSON.stringify(header).slice(0, -1)},"alg":"none"}`, good, es256(signingKey)),
        'typ JWT last': () =>
          compact(`${JSON.stringify(header).slice(0, -1)},"typ":"JWT"}`, good, es256(signingKey)),
        'kid of another last': () =>
          compact(`${JSON.stringify(header).slice(0, -1)},"kid":"other"}`, good, es256(signingKey)),
      }),
  },
};
