import { promises as fs } from 'node:fs';
import { join } from 'node:path';
import type { EpochMs } from '../core/clock.ts';
import { CodedError, codeOf } from '../core/coded-error.ts';
import { authorityKeyOf } from '../pki/certificate.ts';
import type { CertificateAuthority } from '../pki/certificate-authority.ts';
import {
  issueRevocationList,
  type RevocationEntry,
  type RevocationList,
  verifyRevocationList,
} from '../pki/revocation-list.ts';
import type { Registry } from '../registry/registry.ts';
import { type KnownAuthority, listAuthorities, openAuthority } from './authorities.ts';
import { makePrivateDirectory, writeCredential } from './credential-file.ts';
import { loadEndedCertificates } from './ended-certificates.ts';

/** How long a list holds unless said otherwise. Days. */
export const REVOCATION_LIST_DAYS = 7;

const DAY_MS = 86_400_000;
/** The longest a device certificate is made to hold, and a day. */
const LISTED_MOST_MS = 826 * DAY_MS;

/** What became of one authority's list. `key_offline`: its key is not there or does not open without a passphrase. */
export interface ListPublication {
  readonly authority: KnownAuthority;
  readonly file: string;
  readonly outcome: 'published' | 'unchanged' | 'key_offline';
  /** The list in place after it; null: there is none. */
  readonly list: RevocationList | null;
}

/** Where the list of an authority stands, in DER. */
export function revocationListPath(directory: string, keyId: string): string {
  return join(directory, 'crl', `${keyId}.crl`);
}

/**
 * Signs and writes a revocation list for every authority whose key opens. One whose list says the same already and has
 * more than half of its time left is left alone, unless `force`.
 * @throws CodedError `credential_*`, `passphrase_wrong`
 */
export async function publishRevocationLists(options: {
  /** The certificates directory. */
  readonly directory: string;
  readonly registry: Registry;
  readonly passphrase?: string;
  readonly validityDays?: number;
  readonly force?: boolean;
  /** How keys are opened, where they are kept open between publications; null: it does not open. */
  readonly open?: (authority: KnownAuthority) => Promise<CertificateAuthority | null>;
  readonly now: EpochMs;
}): Promise<readonly ListPublication[]> {
  const { directory } = options;
  await makePrivateDirectory(join(directory, 'crl'));
  const publications: ListPublication[] = [];
  for (const authority of await listAuthorities(directory)) {
    publications.push(await publish(authority, options));
  }
  return publications;
}

async function publish(
  authority: KnownAuthority,
  options: Parameters<typeof publishRevocationLists>[0],
): Promise<ListPublication> {
  const { directory, registry, validityDays = REVOCATION_LIST_DAYS, force = false, now } = options;
  const file = revocationListPath(directory, authority.keyId);
  const before = await readList(file, authority);
  const entries = await entriesOf(authority, directory, registry, before, now);
  if (!force && before !== null && saysTheSame(before, entries) && !isHalfOver(before, now)) {
    return { authority, file, outcome: 'unchanged', list: before };
  }
  const open = options.open ?? ((one) => openUnlessLocked(one, directory, options.passphrase));
  const issuer = await open(authority);
  if (issuer === null) return { authority, file, outcome: 'key_offline', list: before };
  const thisUpdate = Math.floor(now / 1000) * 1000;
  const end = Math.min(thisUpdate + validityDays * DAY_MS, authority.certificate.validToDate.getTime());
  const der = issueRevocationList(issuer, {
    // Of the time, so that numbers grow even where the former list was lost.
    number: larger((before?.number ?? 0n) + 1n, BigInt(thisUpdate / 1000)),
    thisUpdate,
    nextUpdate: end,
    entries,
  });
  await writeCredential(file, der, 'public');
  return { authority, file, outcome: 'published', list: verifyRevocationList(der, authority.certificate) };
}

/**
 * Opens an authority's key; null where that takes a passphrase that was not given, or the key is not there.
 * @throws CodedError `credential_*`, `passphrase_wrong`
 */
export async function openUnlessLocked(
  authority: KnownAuthority,
  directory: string,
  passphrase: string | undefined,
): Promise<CertificateAuthority | null> {
  try {
    return await openAuthority(authority, directory, passphrase);
  } catch (error) {
    if (codeOf(error) === 'passphrase_required') return null;
    throw error;
  }
}

/** The list that stands there, if it is this authority's; one that cannot be read is made anew. */
async function readList(file: string, { certificate }: KnownAuthority): Promise<RevocationList | null> {
  try {
    return verifyRevocationList(await fs.readFile(file), certificate);
  } catch (error) {
    if (error instanceof CodedError || codeOf(error) === 'ENOENT') return null;
    throw error;
  }
}

/**
 * What has ended before its time and could still be taken for good: a certificate stays listed until a day after its
 * end (RFC 5280 3.3 wants one list after it). Where the registry does not know who issued a certificate, every device
 * authority lists it. What the list of before names and the registry does not know of stays: a registry that was lost and
 * begun anew, or put back from before that certificate was issued, takes nothing back.
 */
async function entriesOf(
  { name, certificate }: KnownAuthority,
  directory: string,
  registry: Registry,
  before: RevocationList | null,
  now: EpochMs,
): Promise<readonly RevocationEntry[]> {
  const authority = authorityKeyOf(certificate);
  if (name !== 'device') {
    const ended = await loadEndedCertificates(directory);
    return ended
      .filter((one) => one.authority === authority)
      .map(({ serial, at, reason }) => ({ serial, at, reason }));
  }
  const entries: RevocationEntry[] = [];
  const known = new Set<string>();
  for (const device of registry.devices()) {
    for (const one of registry.certificatesOf(device.id)) {
      known.add(one.serial);
      if (one.authority !== authority && one.authority !== '') continue;
      if (one.not_after + DAY_MS < now) continue;
      if (one.ended !== null) entries.push({ serial: one.serial, ...one.ended });
      else if (device.status === 'suspended') {
        entries.push({ serial: one.serial, at: one.not_before, reason: 'certificateHold' });
      }
    }
  }
  for (const { serial, at, reason } of before?.entries ?? []) {
    if (known.has(serial) || reason === 'removeFromCRL') continue;
    if (at + LISTED_MOST_MS > now) entries.push({ serial, at, reason });
  }
  return entries;
}

function saysTheSame(list: RevocationList, entries: readonly RevocationEntry[]): boolean {
  const said = new Map(list.entries.map((entry) => [entry.serial, entry.reason]));
  return said.size === entries.length && entries.every(({ serial, reason }) => said.get(serial) === reason);
}

function isHalfOver({ thisUpdate, nextUpdate }: RevocationList, now: EpochMs): boolean {
  return now > (thisUpdate + nextUpdate) / 2;
}

function larger(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
