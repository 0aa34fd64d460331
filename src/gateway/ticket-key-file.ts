import { X509Certificate } from 'node:crypto';
import { constants, promises as fs } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import type { EpochMs } from '../core/clock.ts';
import { CodedError, codeOf } from '../core/coded-error.ts';
import { writeCredential } from '../identity/credential-file.ts';

/** What `tls.Server.setTicketKeys` takes: a name, an AES key and an HMAC key of 16 octets each. */
export const TICKET_KEY_OCTETS = 48;
/** A key and the digests of a few authorities take half a KiB. */
const MAX_OCTETS = 64 * 1024;
const DIGEST = /^[0-9A-F]{64}$/;

/** A key of session tickets, and what was known when it was made. */
export interface TicketKey {
  readonly key: Buffer;
  readonly created: EpochMs;
  /** SHA-256 of each certificate that devices' certificates could chain to, as 64 hex digits, in order. */
  readonly trust: readonly string[];
}

/** What `trust` of a key holds, of a PEM bundle. */
export function trustDigests(pem: string): readonly string[] {
  const certificates = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return certificates.map((one) => new X509Certificate(one).fingerprint256.replaceAll(':', '')).sort();
}

/**
 * Reads a key that `writeTicketKey` wrote. Null: there is none.
 * @throws CodedError `ticket_key_unfit`: it is not a file of this user alone, or not a key
 */
export async function readTicketKey(path: string): Promise<TicketKey | null> {
  let handle: FileHandle;
  try {
    // Neither what a link names nor a pipe that nobody writes to.
    handle = await fs.open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return null;
    throw unfit(path, codeOf(cause), cause);
  }
  try {
    const { mode, uid, size } = await handle.stat();
    if ((mode & constants.S_IFMT) !== constants.S_IFREG) throw unfit(path, 'not a file');
    if (uid !== (process.geteuid?.() ?? uid)) throw unfit(path, `it belongs to user ${uid}`);
    // Whoever may read the key may forge sessions; whoever may write it may have planted it.
    const open = mode & 0o777;
    if ((open & 0o077) !== 0) throw unfit(path, `others than its owner may use it, mode ${open.toString(8)}`);
    if (size > MAX_OCTETS) throw unfit(path, `${size} octets`);
    return parsed(path, await handle.readFile('utf8'));
  } finally {
    await handle.close();
  }
}

/** Replaces the file: whole or not at all, its owner's alone from the first byte. */
export async function writeTicketKey(path: string, { key, created, trust }: TicketKey): Promise<void> {
  await writeCredential(
    path,
    `${JSON.stringify({ created, trust, key: key.toString('base64') })}\n`,
    'private',
  );
}

function parsed(path: string, text: string): TicketKey {
  let content: Readonly<Record<string, unknown>>;
  try {
    content = Object(JSON.parse(text)) as Readonly<Record<string, unknown>>;
  } catch (cause) {
    // The message of JSON.parse would show a piece of the key.
    throw unfit(path, 'not JSON', codeOf(cause));
  }
  const { created, trust, key: encoded } = content;
  const key = Buffer.from(typeof encoded === 'string' ? encoded : '', 'base64');
  if (key.length !== TICKET_KEY_OCTETS) throw unfit(path, `a key of ${key.length} octets`);
  if (typeof created !== 'number' || !Number.isSafeInteger(created)) throw unfit(path, 'created is no time');
  if (!Array.isArray(trust) || !trust.every((one) => typeof one === 'string' && DIGEST.test(one))) {
    throw unfit(path, 'trust is no list of digests');
  }
  return { key, created, trust };
}

function unfit(path: string, why: string, cause?: unknown): CodedError {
  return new CodedError('ticket_key_unfit', `${path} is not used (${why}): a new key takes its place`, {
    cause,
  });
}
