import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { systemClock } from '../../src/core/clock.ts';
import { CodedError, codeOf } from '../../src/core/coded-error.ts';
import { type KnownAuthority, listAuthorities } from '../../src/identity/authorities.ts';
import { loadTokenKeySet } from '../../src/identity/certificate-directory.ts';
import { revocationListPath } from '../../src/identity/revocation-lists.ts';
import { inForce } from '../../src/identity/token-key-set.ts';
import { authorityKeyOf, commonNameOf } from '../../src/pki/certificate.ts';
import { supportedAlgorithm } from '../../src/pki/key-pair.ts';
import { type RevocationList, verifyRevocationList } from '../../src/pki/revocation-list.ts';
import { type AdminOptions, answer, subcommand } from '../admin-command.ts';
import { counted } from '../counted.ts';
import { keyAtRest } from './key-at-rest.ts';

type Facts = Awaited<ReturnType<typeof factsOf>>;

/** Adds `show`. */
export function addShow(program: Command): void {
  subcommand(program, 'show', 'Show every authority, where its key is, and its revocation list.', [
    'ca -- show',
    'ca -- show --json',
  ]).action(async (options: AdminOptions) => {
    const now = systemClock().now();
    const authorities = await Promise.all(
      (await listAuthorities(options.certs)).map((authority) => factsOf(authority, options.certs, now)),
    );
    const tokenKeys = (await loadTokenKeySet(options.certs)).filter((key) => inForce(key, now / 1000)).length;
    answer(
      options,
      { authorities, token_keys: tokenKeys },
      `${authorities.map(text).join('\n')}\n${counted(tokenKeys, 'token key')} in force: npm run token-key -- show`,
    );
  });
}

async function factsOf(authority: KnownAuthority, certs: string, now: number) {
  const { name, state, certificate, paths, keyId } = authority;
  const file = revocationListPath(certs, keyId);
  return {
    name,
    state,
    subject: commonNameOf(certificate),
    serial: certificate.serialNumber,
    key_algorithm: supportedAlgorithm(certificate.publicKey) ?? 'unsupported',
    not_before: certificate.validFromDate.toISOString(),
    not_after: certificate.validToDate.toISOString(),
    expired: certificate.validToDate.getTime() <= now,
    key_id: authorityKeyOf(certificate),
    fingerprint_sha256: certificate.fingerprint256,
    certificate: paths.certificate,
    key_at_rest: await keyAtRest(authority),
    crl: { file, ...(await listFacts(file, authority, now)) },
  };
}

/** What the list in place says; `state` tells why nothing else can be said. */
async function listFacts(file: string, { certificate }: KnownAuthority, now: number) {
  let list: RevocationList;
  try {
    list = verifyRevocationList(await readFile(file), certificate);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return { state: 'missing' } as const;
    if (error instanceof CodedError) return { state: 'invalid' } as const;
    throw error;
  }
  return {
    state: list.nextUpdate <= now ? 'stale' : 'good',
    number: String(list.number),
    this_update: new Date(list.thisUpdate).toISOString(),
    next_update: new Date(list.nextUpdate).toISOString(),
    entries: list.entries.length,
  } as const;
}

function text(facts: Facts): string {
  const { crl } = facts;
  const list =
    'number' in crl
      ? `number ${crl.number}, ${counted(crl.entries ?? 0, 'entry', 'entries')}, until ${crl.next_update}${crl.state === 'stale' ? ' (stale: npm run ca -- crl)' : ''}`
      : `${crl.state}: npm run ca -- crl`;
  const lines: readonly (readonly [string, string])[] = [
    ['Subject', facts.subject],
    ['Key', `${facts.key_algorithm}, ${facts.key_at_rest} here`],
    ['Holds', `${facts.not_before} to ${facts.not_after}${facts.expired ? ' (expired)' : ''}`],
    ['Key id', facts.key_id],
    ['SHA-256', facts.fingerprint_sha256],
    ['Revocations', list],
  ];
  const heading = `${facts.name} (${facts.state})  ${facts.certificate}`;
  return `${[heading, ...lines.map(([name, value]) => `  ${name.padEnd(12)} ${value}`)].join('\n')}\n`;
}
