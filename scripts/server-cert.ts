import { X509Certificate } from 'node:crypto';
import type { Command } from 'commander';
import { systemClock } from '../src/core/clock.ts';
import { CodedError, codeOf } from '../src/core/coded-error.ts';
import {
  authorityPaths,
  loadCertificate,
  loadServerCredentials,
  serverPaths,
} from '../src/identity/certificate-directory.ts';
import { endCertificateOf } from '../src/identity/ended-certificates.ts';
import { issueServerCredentials, LOCAL_SERVER_NAMES } from '../src/identity/server-credentials.ts';
import { commonNameOf, issuerKeyOf } from '../src/pki/certificate.ts';
import { type KeyAlgorithm, supportedAlgorithm } from '../src/pki/key-pair.ts';
import { SERVER_CERTIFICATE_DAYS } from '../src/pki/server-certificate.ts';
import {
  type AdminContext,
  type AdminOptions,
  adminProgram,
  answer,
  runProgram,
  subcommand,
  wholeNumber,
  withRegistry,
} from './admin-command.ts';
import { listLines } from './ca/list-lines.ts';
import { publishLists } from './ca/publish-lists.ts';
import { type PassphraseOptions, passphraseFileOption, withPassphrase } from './ca-passphrase.ts';
import { type CrlUrlOptions, crlUrlOf, crlUrlOption } from './crl-url.ts';
import { keyOption } from './key-option.ts';
import { namesFromEnvironment, serverNameOption } from './server-names.ts';

interface CertificateOptions extends AdminOptions, PassphraseOptions, CrlUrlOptions {
  readonly name?: readonly string[];
  readonly key: KeyAlgorithm;
  readonly days: number;
}

const SERVER_TAKES_IT = 'A running server takes it within seconds, without a restart; open connections stay.';

const program = adminProgram('server-cert', 'Issue, renew and show the certificate of the server.');

certificateOptions(
  subcommand(program, 'issue', "Make the server's key and certificate, where there is none that holds.", [
    'server-cert -- issue --name vitals.example.org --passphrase-file /run/secrets/ca',
    'server-cert -- issue --name vitals.example.org --name 192.168.1.20 --days 90',
  ]),
).action((options: CertificateOptions) =>
  withRegistry(options, async (context) => {
    const present = await presentCertificate(options.certs);
    if (present !== null && present.validToDate.getTime() > context.clock.now()) {
      throw new CodedError(
        'already_exists',
        `${serverPaths(options.certs).certificate} holds until ${present.validToDate.toISOString()}: "npm run server-cert -- renew" makes the next one`,
      );
    }
    const names = options.name ?? namesFromEnvironment() ?? LOCAL_SERVER_NAMES;
    const { certificate } = await issue(context, options, names);
    answer(options, factsOf(certificate, options.certs), story(certificate));
  }),
);

certificateOptions(
  subcommand(
    program,
    'renew',
    "Make the server's next key and certificate, with the names of the present one.",
    [
      'server-cert -- renew',
      'server-cert -- renew --name vitals.example.org --name vitals.example.net',
      'server-cert -- renew --compromised   (the present key is in wrong hands: its certificate is revoked)',
    ],
  ),
  'those of the present one',
)
  .option('--compromised', 'revoke the present certificate: its key is in wrong hands')
  .action((options: CertificateOptions & { readonly compromised?: true }) =>
    withRegistry(options, async (context) => {
      const present = await loadCertificate(serverPaths(options.certs).certificate, options.certs);
      const names = options.name ?? namesOf(present);
      // First: once another stands in its place, running this again would end that one, and never this.
      if (options.compromised) await revoke(context, present);
      const { certificate, passphrase } = await issue(context, options, names);
      const lines = [story(certificate)];
      if (options.compromised) {
        lines.push(`The former one (${present.serialNumber}) is revoked.`);
        const lists = await publishLists(context, passphrase);
        lines.push(...listLines(lists.filter(({ authority }) => authority === 'server')));
      }
      answer(
        options,
        {
          ...factsOf(certificate, options.certs),
          former: present.serialNumber,
          revoked: options.compromised === true,
        },
        lines.join('\n'),
      );
    }),
  );

subcommand(program, 'show', "Show the server's certificate: names, validity, who issued it.", [
  'server-cert -- show',
  'server-cert -- show --json',
]).action(async (options: AdminOptions) => {
  await loadServerCredentials(options.certs);
  const certificate = await loadCertificate(serverPaths(options.certs).certificate, options.certs);
  const authority = await loadCertificate(authorityPaths(options.certs, 'server').certificate, options.certs);
  const isCurrent = certificate.checkIssued(authority) && certificate.verify(authority.publicKey);
  const left = Math.floor((certificate.validToDate.getTime() - systemClock().now()) / 86_400_000);
  const facts = { ...factsOf(certificate, options.certs), issued_by_current: isCurrent, days_left: left };
  const lines: readonly (readonly [string, string])[] = [
    ['Subject', facts.subject],
    ['Names', facts.names.join(', ')],
    ['Key', facts.key_algorithm],
    ['Holds', `${facts.not_before} to ${facts.not_after} (${left < 0 ? 'expired' : `${left} days left`})`],
    [
      'Issued by',
      `${facts.issuer}${isCurrent ? '' : ' (not the present authority: npm run server-cert -- renew)'}`,
    ],
    ['Serial', facts.serial],
    ['SHA-256', facts.fingerprint_sha256],
  ];
  answer(options, facts, lines.map(([name, value]) => `${name.padEnd(10)} ${value}`).join('\n'));
});

function certificateOptions(command: Command, namesDefault?: string): Command {
  return command
    .addOption(serverNameOption('--name <name>', namesDefault))
    .option(
      '--days <n>',
      'how long it holds',
      wholeNumber(1, SERVER_CERTIFICATE_DAYS),
      SERVER_CERTIFICATE_DAYS,
    )
    .addOption(keyOption())
    .addOption(crlUrlOption())
    .addOption(passphraseFileOption());
}

async function issue(
  { audit, certs, clock }: AdminContext,
  options: CertificateOptions,
  names: readonly string[],
): Promise<{ readonly certificate: X509Certificate; readonly passphrase: { readonly passphrase?: string } }> {
  const crlUrl = crlUrlOf(options);
  const made = await withPassphrase(options, async (passphrase) => ({
    passphrase,
    certificate: await issueServerCredentials({
      ...{ directory: certs, names, crlUrl },
      ...passphrase,
      keyAlgorithm: options.key,
      validityDays: options.days,
      now: clock.now(),
    }),
  }));
  const { serialNumber, validToDate } = made.certificate;
  const details = {
    serial: serialNumber,
    until: validToDate.toISOString(),
    names: names.join(',').slice(0, 256),
  };
  await audit.record({ action: 'server_certificate_issued', subject: 'server', details });
  return made;
}

async function revoke({ audit, certs, clock }: AdminContext, former: X509Certificate): Promise<void> {
  const reason = 'keyCompromise';
  const authority = issuerKeyOf(former);
  if (authority === null) {
    throw new CodedError(
      'certificate_invalid',
      `certificate ${former.serialNumber} does not say which authority issued it: it cannot be revoked here`,
    );
  }
  await endCertificateOf(certs, {
    ...{ authority, reason, serial: former.serialNumber, subject: commonNameOf(former) },
    at: clock.now(),
  });
  const details = { of: 'server', reason };
  await audit.record({ action: 'certificate_revoked', subject: former.serialNumber, details });
}

async function presentCertificate(certs: string): Promise<X509Certificate | null> {
  try {
    const { cert } = await loadServerCredentials(certs);
    return new X509Certificate(cert);
  } catch (error) {
    if (codeOf(error) === 'credential_missing') return null;
    throw error;
  }
}

/** @throws CodedError `server_names_unknown` for names that are neither host names nor addresses */
function namesOf(certificate: X509Certificate): readonly string[] {
  const parts = (certificate.subjectAltName ?? '').split(', ');
  const names = parts.map((part) => /^(?:DNS|IP Address):([A-Za-z0-9.:*-]+)$/.exec(part)?.[1]);
  const known = names.filter((name) => name !== undefined);
  if (known.length === parts.length) return known;
  throw new CodedError(
    'server_names_unknown',
    'the present certificate has names that are no host names or addresses: give the names with --name',
  );
}

function factsOf(certificate: X509Certificate, certs: string) {
  return {
    subject: commonNameOf(certificate),
    names: namesOf(certificate),
    serial: certificate.serialNumber,
    issuer: /^CN=(.*)$/m.exec(certificate.issuer)?.[1] ?? certificate.issuer,
    key_algorithm: supportedAlgorithm(certificate.publicKey) ?? 'unsupported',
    not_before: certificate.validFromDate.toISOString(),
    not_after: certificate.validToDate.toISOString(),
    fingerprint_sha256: certificate.fingerprint256,
    certificate: serverPaths(certs).certificate,
  };
}

function story(certificate: X509Certificate): string {
  return `The server's certificate holds until ${certificate.validToDate.toISOString()} for ${namesOf(certificate).join(', ')}.\n${SERVER_TAKES_IT}`;
}

await runProgram(program);
