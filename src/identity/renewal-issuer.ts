import type { X509Certificate } from 'node:crypto';
import { promises as fs } from 'node:fs';
import type { Clock } from '../core/clock.ts';
import { CodedError, codeOf } from '../core/coded-error.ts';
import type { Log } from '../observe/log.ts';
import { deviceAuthorities } from './authorities.ts';
import { authorityPaths } from './certificate-directory.ts';
import { type DeviceIssuer, openDeviceIssuer } from './device-issuance.ts';
import { endedCertificatesPath } from './ended-certificates.ts';
import type { KeyFileGuard } from './key-files.ts';

export interface RenewalIssuerOptions {
  /** The certificates directory. */
  readonly directory: string;
  /** What opens the device authority's key; null: nothing was given. */
  readonly passphrase: string | null;
  /** Base URL of the revocation lists. */
  readonly crlUrl: string;
  /** Looks at the mode of the key's file. */
  readonly keyFiles: KeyFileGuard;
  readonly clock: Clock;
  readonly log: Log;
}

/** What came of opening one pair of files. */
interface Opened {
  /** Tells this pair from the next one that is put in its place. */
  readonly stamp: string;
  readonly issuer: DeviceIssuer | null;
  /** Why there is none. */
  readonly why: string;
}

/** How long the list of trusted authorities is taken for true without looking at the disk. Milliseconds. */
const TRUST_KEPT_MS = 1_000;

/**
 * The device authority as a running server has it, for devices that renew. Where its key is not open to the server,
 * renewal is off and all else works. A pair that takes the place of the present one is opened with the same passphrase;
 * one that cannot be opened switches renewal off rather than let an authority issue that was replaced.
 */
export class RenewalIssuer {
  readonly #options: RenewalIssuerOptions;
  #opened: Opened;
  #opening: Promise<Opened> | null = null;
  #trusted: { readonly at: number; readonly authorities: Promise<readonly X509Certificate[]> } | null = null;

  private constructor(options: RenewalIssuerOptions, opened: Opened) {
    this.#options = options;
    this.#opened = opened;
  }

  /** @throws CodedError `passphrase_wrong`: a server that was given one is meant to renew. */
  static async open(options: RenewalIssuerOptions): Promise<RenewalIssuer> {
    const opened = await openPair(options, await stampOf(options.directory), 'refuse');
    return new RenewalIssuer(options, opened);
  }

  /** Never degraded: an installation may well keep the key elsewhere. */
  health(): { readonly state: 'ok'; readonly detail: string } {
    const { issuer, why } = this.#opened;
    return { state: 'ok', detail: issuer === null ? `off: ${why}` : 'devices can renew' };
  }

  /** The authority that issues now. @throws CodedError `renewal_unavailable` */
  async current(): Promise<DeviceIssuer> {
    const stamp = await stampOf(this.#options.directory);
    if (stamp !== this.#opened.stamp) {
      this.#opening ??= openPair(this.#options, stamp, 'keep on').finally(() => {
        this.#opening = null;
      });
      this.#opened = await this.#opening;
    }
    const { issuer } = this.#opened;
    if (issuer !== null) return issuer;
    throw new CodedError('renewal_unavailable', "the device authority's key is not open to the server");
  }

  /**
   * The authorities whose device certificates are taken, the root first.
   * @throws CodedError `credential_missing`, `credential_unreadable`, `credential_invalid`
   */
  trusted(): Promise<readonly X509Certificate[]> {
    const { clock, directory } = this.#options;
    const at = clock.monotonic();
    if (this.#trusted === null || at - this.#trusted.at > TRUST_KEPT_MS)
      this.#trusted = { at, authorities: deviceAuthorities(directory) };
    return this.#trusted.authorities;
  }
}

async function openPair(
  options: RenewalIssuerOptions,
  stamp: string,
  onWrongPassphrase: 'refuse' | 'keep on',
): Promise<Opened> {
  const { directory, passphrase, crlUrl, keyFiles, log } = options;
  try {
    await keyFiles.check(authorityPaths(directory, 'device').key);
    const issuer = await openDeviceIssuer(directory, {
      ...(passphrase === null ? {} : { passphrase }),
      crlUrl,
    });
    log.info({ event: 'renewal_on', until: issuer.authority.certificate.validToDate }, 'devices can renew');
    return { stamp, issuer, why: '' };
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    if (error.code === 'passphrase_wrong' && onWrongPassphrase === 'refuse') throw error;
    log.warn(
      { event: 'renewal_off', code: error.code },
      `devices cannot renew by themselves: ${error.message}`,
    );
    return { stamp, issuer: null, why: error.code };
  }
}

/** What changes when either file of the pair is replaced, or an authority is revoked; costs three calls of stat. */
async function stampOf(directory: string): Promise<string> {
  const { certificate, key } = authorityPaths(directory, 'device');
  const stamps = await Promise.all(
    [certificate, key, endedCertificatesPath(directory)].map(async (path) => {
      try {
        const { mtimeMs, ino, size, mode } = await fs.stat(path);
        return `${ino}:${size}:${mtimeMs}:${mode}`;
      } catch (error) {
        return codeOf(error);
      }
    }),
  );
  return stamps.join(' ');
}
