import { join } from 'node:path';
import type { EpochMs } from '../core/clock.ts';
import { CodedError, codeOf } from '../core/coded-error.ts';
import { REVOCATION_REASONS, type RevocationReason } from '../model/people.ts';
import { readCredential, writeCredential } from './credential-file.ts';
import { withCredentialLock } from './credential-lock.ts';

/** A certificate that ended before its time and is no device's, of which the registry keeps the end: an authority's or the server's. */
export interface EndedCertificate {
  /** Subject key identifier of the authority that issued it, lower-case hex. */
  readonly authority: string;
  /** Upper-case hex, as Node shows it. */
  readonly serial: string;
  readonly at: EpochMs;
  readonly reason: RevocationReason;
  /** What it was, for people. */
  readonly subject: string;
}

/** Where they are written down. */
export function endedCertificatesPath(directory: string): string {
  return join(directory, 'ended.json');
}

/**
 * Authorities and server certificates that were ended, oldest first; none where the file is not there.
 * @throws CodedError `credential_invalid`, `credential_unreadable`: an entry that cannot be read is never skipped
 */
export async function loadEndedCertificates(directory: string): Promise<readonly EndedCertificate[]> {
  const path = endedCertificatesPath(directory);
  let text: string;
  try {
    text = await readCredential(path, '');
  } catch (error) {
    if (codeOf(error) === 'credential_missing') return [];
    throw error;
  }
  try {
    const list: unknown = JSON.parse(text);
    if (!Array.isArray(list)) throw new TypeError('not a list');
    return list.map(checked);
  } catch (cause) {
    throw new CodedError(
      'credential_invalid',
      `${path} is not a list of ended certificates: restore it from a backup`,
      { cause },
    );
  }
}

/**
 * Writes down the end of a certificate; one that is there already stays as it is.
 * @throws CodedError `ended_certificates_locked`, and as `loadEndedCertificates`
 */
export async function endCertificateOf(directory: string, ended: EndedCertificate): Promise<void> {
  const path = endedCertificatesPath(directory);
  await withCredentialLock(path, 'ended_certificates_locked', async () => {
    const before = await loadEndedCertificates(directory);
    if (before.some(({ serial, authority }) => serial === ended.serial && authority === ended.authority))
      return;
    await writeCredential(path, `${JSON.stringify([...before, ended], null, 2)}\n`, 'public');
  });
}

function checked(value: unknown): EndedCertificate {
  const { authority, serial, at, reason, subject } = value as EndedCertificate;
  if (
    !/^[0-9a-f]+$/.test(authority) ||
    !/^[0-9A-F]+$/.test(serial) ||
    !Number.isSafeInteger(at) ||
    !REVOCATION_REASONS.includes(reason) ||
    typeof subject !== 'string'
  ) {
    throw new TypeError('an entry lacks authority, serial, at, reason or subject');
  }
  return { authority, serial, at, reason, subject };
}
