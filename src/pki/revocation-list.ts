import type { X509Certificate } from 'node:crypto';
import type { EpochMs } from '../core/clock.ts';
import { CodedError } from '../core/coded-error.ts';
import { commonNameOf, type Issuer, issuerNames } from './certificate.ts';
import { type Asn1, encodeDer, enumerated, integer, sequence, tagged, time } from './der.ts';
import { hasTag, parseStrictDer, readMembers, readOctets, readTime, readUnsignedHex } from './der-reader.ts';
import {
  AUTHORITY_KEY_IDENTIFIER,
  authorityKeyIdentifier,
  type Extension,
  encodeExtension,
  readExtensions,
} from './extension.ts';
import {
  type ListedReason,
  REVOCATION_REASONS,
  type RevocationReason,
  revocationReasonOf,
} from './revocation-reason.ts';
import { isSignedBy, readSigned, type SignedParts, signatureAlgorithm, signed } from './signature.ts';

/** One certificate that is revoked. */
export interface RevocationEntry {
  /** Of its serial number, as `X509Certificate.serialNumber` has it: at most 20 octets. */
  readonly serial: string;
  /** Since when. */
  readonly at: EpochMs;
  readonly reason: ListedReason;
}

/** What goes into a list. Times are cut to whole seconds. */
export interface RevocationListContent {
  /** Greater than that of every list of this authority before (RFC 5280 5.2.3); at most 20 octets. */
  readonly number: bigint;
  readonly thisUpdate: EpochMs;
  /** When the next list is out at the latest. */
  readonly nextUpdate: EpochMs;
  /** All certificates of the authority that are revoked and have not ended, each once. */
  readonly entries: readonly RevocationEntry[];
}

/** A list that was read. Who signed it is another question: `verifyRevocationList`. */
export interface RevocationList {
  /** Key identifier of the authority that it says it is from, in lower-case hex, as `authorityKeyOf` has it. */
  readonly authority: string;
  readonly number: bigint;
  readonly thisUpdate: EpochMs;
  readonly nextUpdate: EpochMs;
  readonly entries: readonly {
    /** As `X509Certificate.serialNumber` has it. */
    readonly serial: string;
    readonly at: EpochMs;
    readonly reason: RevocationReason;
  }[];
}

/** The most that is read: some 170,000 entries. What is not a list takes up to a hundred times as much to parse. Octets. */
export const REVOCATION_LIST_MAX_OCTETS = 8 * 1024 * 1024;

const CRL_NUMBER = '2.5.29.20';
const REASON_CODE = '2.5.29.21';
/** RFC 5280 4.1.2.2 for serial numbers, 5.2.3 for the list's own. */
const MAX_INTEGER_OCTETS = 20;
const VERSION_2 = 1;

/**
 * The complete revocation list of `issuer`, in DER: version 2, with its number and the issuer's key identifier (RFC
 * 5280 section 5).
 * @throws CodedError `revocation_list_invalid` for content that no list can say; `certificate_invalid`,
 *   `key_unsupported` for an issuer that cannot sign one.
 */
export function issueRevocationList(issuer: Issuer, content: RevocationListContent): Buffer {
  const { number, thisUpdate, nextUpdate, entries } = content;
  if (number < 0n || number >= 2n ** (8n * BigInt(MAX_INTEGER_OCTETS) - 1n)) {
    throw invalid(`number ${number} is not between 0 and 2^159 - 1`);
  }
  if (!(nextUpdate > thisUpdate)) throw invalid('nextUpdate is not after thisUpdate');
  const serials = new Set(entries.map(({ serial }) => serial.toUpperCase().replace(/^0+/, '')));
  if (serials.size !== entries.length) throw invalid('a serial number stands in it twice');

  const { subject, keyIdentifier } = issuerNames(issuer.certificate);
  const extensions = [
    authorityKeyIdentifier(keyIdentifier),
    { oid: CRL_NUMBER, critical: false, value: integer(number) } satisfies Extension,
  ];
  const toBeSigned = sequence(
    integer(VERSION_2),
    signatureAlgorithm(issuer.privateKey),
    subject,
    time(new Date(thisUpdate)),
    time(new Date(nextUpdate)),
    // Absent, not empty, when nothing is revoked (5.1.2.6).
    ...(entries.length === 0 ? [] : [sequence(...entries.map(encodeEntry))]),
    tagged(0, sequence(...extensions.map(encodeExtension))),
  );
  return signed(toBeSigned, issuer.privateKey);
}

/**
 * Reads a complete revocation list of version 2, without checking who signed it.
 * @throws CodedError `revocation_list_malformed`, also for a critical extension: those (a delta, an indirect list)
 *   change what the list says.
 */
export function parseRevocationList(der: Buffer): RevocationList {
  return read(der).list;
}

/**
 * Reads a revocation list that must be `authority`'s: by name, key identifier and signature. Whether it still holds is
 * for the caller: see `nextUpdate`.
 * @throws CodedError `revocation_list_malformed`; `revocation_list_not_of_issuer`
 */
export function verifyRevocationList(der: Buffer, authority: X509Certificate): RevocationList {
  const { list, issuer, parts } = read(der);
  const { subject, keyIdentifier } = issuerNames(authority);
  const isOurs =
    encodeDer(issuer).equals(encodeDer(subject)) &&
    list.authority === keyIdentifier.toString('hex') &&
    isSigned(parts, authority);
  if (isOurs) return list;
  throw new CodedError(
    'revocation_list_not_of_issuer',
    `the revocation list is not signed by "${commonNameOf(authority)}": fetch or make that authority's own`,
  );
}

function isSigned(parts: SignedParts, authority: X509Certificate): boolean {
  try {
    return isSignedBy(parts, authority.publicKey);
  } catch (error) {
    if (error instanceof CodedError && error.code === 'signature_unsupported') return false;
    throw error;
  }
}

interface ReadList {
  readonly list: RevocationList;
  readonly issuer: Asn1;
  readonly parts: SignedParts;
}

function read(der: Buffer): ReadList {
  if (der.length > REVOCATION_LIST_MAX_OCTETS) {
    throw malformed(`${der.length} octets are more than ${REVOCATION_LIST_MAX_OCTETS}`);
  }
  try {
    return readList(readSigned(parseStrictDer(der)));
  } catch (cause) {
    throw malformed(cause instanceof CodedError ? cause.message : 'not DER', cause);
  }
}

function readList(parts: SignedParts): ReadList {
  const [version, algorithm, issuer, from, until, ...rest] = readMembers(parts.toBeSigned, 'sequence');
  const [revoked] = rest.filter((field) => hasTag(field, 'sequence'));
  const [extensionField] = rest.filter((field) => hasTag(field, 0));
  if (
    readUnsignedHex(version, 1) !== '01' ||
    algorithm === undefined ||
    !hasTag(issuer, 'sequence') ||
    rest.length !== (revoked === undefined ? 1 : 2) ||
    // 5.1.1.2: what says how it was signed must itself be signed.
    !encodeDer(algorithm).equals(encodeDer(parts.algorithm))
  ) {
    throw new CodedError('der_invalid', 'not a TBSCertList of version 2 with extensions');
  }
  const extensions = readUncritical(readMembers(extensionField, 0)[0]);
  const identifier = readMembers(extensions.get(AUTHORITY_KEY_IDENTIFIER), 'sequence')[0];
  return {
    list: {
      authority: readOctets(identifier, 0).toString('hex'),
      number: BigInt(`0x${readUnsignedHex(extensions.get(CRL_NUMBER), MAX_INTEGER_OCTETS)}`),
      thisUpdate: readTime(from),
      nextUpdate: readTime(until),
      entries: revoked === undefined ? [] : readMembers(revoked, 'sequence').map(readEntry),
    },
    issuer,
    parts,
  };
}

function readEntry(entry: Asn1): RevocationList['entries'][number] {
  const [serial, at, extensionField, ...rest] = readMembers(entry, 'sequence');
  if (rest.length > 0) throw new CodedError('der_invalid', 'an entry has more than extensions');
  const code = readUncritical(extensionField).get(REASON_CODE);
  const reason = code === undefined ? 'unspecified' : revocationReasonOf(readEnumerated(code));
  if (reason === null) throw new CodedError('der_invalid', 'an entry has a reason that does not exist');
  return { serial: readUnsignedHex(serial, MAX_INTEGER_OCTETS), at: readTime(at), reason };
}

/** Of one octet: no reason takes more. */
function readEnumerated(value: Asn1): number {
  const octets = readOctets(value, 'enumerated');
  return octets.length === 1 ? octets.readUInt8() : -1;
}

function readUncritical(field: Asn1 | undefined): ReadonlyMap<string, Asn1> {
  const extensions = readExtensions(field);
  const critical = extensions.find((extension) => extension.critical);
  if (critical !== undefined) {
    throw new CodedError('der_invalid', `critical extension ${critical.oid} is not supported`);
  }
  return new Map(extensions.map(({ oid, value }) => [oid, value]));
}

function encodeEntry({ serial, at, reason }: RevocationEntry): Asn1 {
  const octets = Buffer.from(serial.length % 2 === 0 ? serial : `0${serial}`, 'hex');
  if (!/^[0-9a-f]+$/i.test(serial) || octets.length > MAX_INTEGER_OCTETS) {
    throw invalid(
      `serial ${JSON.stringify(serial.slice(0, 60))} is not hex of at most ${MAX_INTEGER_OCTETS} octets`,
    );
  }
  if (!Number.isFinite(at)) throw invalid(`serial ${serial} has no time`);
  const code = REVOCATION_REASONS[reason];
  const members = [integer(octets), time(new Date(at))];
  // 5.3.1: no extension rather than one that says unspecified.
  if (code !== REVOCATION_REASONS.unspecified) {
    members.push(sequence(encodeExtension({ oid: REASON_CODE, critical: false, value: enumerated(code) })));
  }
  return sequence(...members);
}

function invalid(fault: string): CodedError {
  return new CodedError('revocation_list_invalid', `this cannot be said in a revocation list: ${fault}`);
}

function malformed(fault: string, cause?: unknown): CodedError {
  return new CodedError(
    'revocation_list_malformed',
    `not a complete revocation list in DER (RFC 5280 section 5): ${fault}`,
    { cause },
  );
}
