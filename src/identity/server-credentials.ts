import type { X509Certificate } from 'node:crypto';
import type { EpochMs } from '../core/clock.ts';
import { chainPem } from '../pki/certificate.ts';
import { serverGeneralName } from '../pki/extension.ts';
import { generateKeyPair, type KeyAlgorithm, privateKeyToPem } from '../pki/key-pair.ts';
import { issueServerCertificate } from '../pki/server-certificate.ts';
import { revocationListUrl } from './authorities.ts';
import { loadAuthority, serverPaths } from './certificate-directory.ts';
import { writeCredential } from './credential-file.ts';
import { organizationBelow } from './development-mark.ts';

/** What a server on the same machine goes by. */
export const LOCAL_SERVER_NAMES: readonly string[] = ['localhost', '127.0.0.1', '::1'];

/**
 * Makes a new key and certificate for the server and puts them in place, the key first: a running server takes the pair
 * once both are there, and keeps the one it has until then.
 * @throws CodedError `invalid_server_name`, `invalid_crl_url`, `issuer_expired`, `credential_*`, `passphrase_*`
 */
export async function issueServerCredentials(request: {
  /** The certificates directory. */
  readonly directory: string;
  /** Host names and addresses that the server goes by; at least one. */
  readonly names: readonly string[];
  readonly passphrase?: string;
  /** Base URL of the revocation lists; null: the certificate names none. */
  readonly crlUrl: string | null;
  readonly keyAlgorithm?: KeyAlgorithm;
  readonly validityDays?: number;
  readonly now: EpochMs;
}): Promise<X509Certificate> {
  const { directory, names, passphrase, crlUrl, keyAlgorithm, validityDays, now } = request;
  // Before the authority's key is opened: a wrong name costs nobody a passphrase.
  names.forEach(serverGeneralName);
  const issuer = await loadAuthority(directory, 'server', passphrase);
  const { privateKey, publicKey } = generateKeyPair(keyAlgorithm);
  const certificate = issueServerCertificate(issuer, {
    names,
    organization: organizationBelow(issuer),
    publicKey,
    crlUrl: crlUrl && revocationListUrl(crlUrl, issuer.certificate),
    now,
    ...(validityDays === undefined ? {} : { validityDays }),
  });
  const paths = serverPaths(directory);
  await writeCredential(paths.key, privateKeyToPem(privateKey), 'private');
  await writeCredential(paths.certificate, chainPem(certificate, issuer.certificate), 'public');
  return certificate;
}
