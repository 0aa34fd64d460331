import type { EpochMs } from '../core/clock.ts';
import { CodedError } from '../core/coded-error.ts';
import { loadDeviceTrust } from './authorities.ts';
import { loadServerCredentials } from './certificate-directory.ts';
import { ensureDevelopmentCertificates } from './certificate-setup.ts';
import { isDevelopmentCertificate } from './development-mark.ts';
import { type KeyFileGuard, keyFilesIn } from './key-files.ts';

export interface StartupCertificates {
  /** The certificates directory. */
  readonly directory: string;
  readonly production: boolean;
  readonly serverNames: readonly string[];
  readonly crlUrl: string;
  /** Looks at the modes of key files. */
  readonly keyFiles: KeyFileGuard;
  readonly now: EpochMs;
}

/**
 * In development makes what is missing; in production refuses what was made for development, and keys that others read.
 * @returns names of the files made.
 * @throws CodedError `development_keys_in_production`, `key_readable_by_others`, and as `ensureDevelopmentCertificates`
 */
export async function prepareCertificates(options: StartupCertificates): Promise<readonly string[]> {
  const { directory, keyFiles } = options;
  await keyFiles.check(...(await keyFilesIn(directory)));
  if (!options.production) return (await ensureDevelopmentCertificates(options)).created;
  const { cert } = await loadServerCredentials(directory);
  if (isDevelopmentCertificate(cert) || isDevelopmentCertificate(await loadDeviceTrust(directory))) {
    throw new CodedError(
      'development_keys_in_production',
      `${directory} holds development keys, which production refuses: make real ones in an empty directory with \`npm run ca -- init\``,
    );
  }
  return [];
}
