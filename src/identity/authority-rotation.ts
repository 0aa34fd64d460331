import { dirname } from 'node:path';
import type { EpochMs } from '../core/clock.ts';
import { codeOf } from '../core/coded-error.ts';
import { type CertificateAuthority, createIssuingAuthority } from '../pki/certificate-authority.ts';
import { type KeyAlgorithm, privateKeyToPem } from '../pki/key-pair.ts';
import type { Registry } from '../registry/registry.ts';
import { keyIdOf, retiredPaths, revocationListUrl } from './authorities.ts';
import { revokeAuthority } from './authority-revocation.ts';
import { authorityPaths, loadAuthority, loadAuthorityAt, loadCertificate } from './certificate-directory.ts';
import { makePrivateDirectory, readCredential, writeCredential } from './credential-file.ts';
import { organizationBelow } from './development-mark.ts';

export interface RotationRequest {
  /** The certificates directory. */
  readonly directory: string;
  readonly registry: Registry;
  readonly name: 'device' | 'server';
  /** Opens the authorities' keys, and encrypts the new one. */
  readonly passphrase?: string;
  /** Base URL of the revocation lists; null: certificates name none. */
  readonly crlUrl: string | null;
  readonly keyAlgorithm?: KeyAlgorithm;
  /** The former key is in wrong hands: nothing it has signed is good any more. */
  readonly compromised: boolean;
  readonly now: EpochMs;
}

export interface Rotation {
  readonly former: CertificateAuthority['certificate'];
  readonly current: CertificateAuthority['certificate'];
  /** Device certificates that were ended with the authority: all that were still good. */
  readonly ended: number;
}

/**
 * Puts a new issuing authority in the place of the present one. The former one goes to `retired/`: what it issued stays
 * good and is still listed when revoked, unless it was compromised. Needs the root's key. Interrupted, it is completed by
 * running it again: the former pair is safe in `retired/` before anything is replaced.
 * @throws CodedError `credential_*`, `passphrase_*`, `issuer_expired`
 */
export async function rotateAuthority(request: RotationRequest): Promise<Rotation> {
  const { directory, name, passphrase, crlUrl, keyAlgorithm, now } = request;
  const root = await loadAuthority(directory, 'root', passphrase);
  const paths = authorityPaths(directory, name);
  const former = await retire(request);
  const ended = request.compromised ? await revokeAuthority({ ...request, authority: former }) : 0;
  const organization = organizationBelow(root);
  const current = createIssuingAuthority(root, {
    // The key id tells the generations of an authority apart: names in a chain must differ.
    subject: {
      organization,
      commonName: `${organization} ${name === 'device' ? 'Device' : 'Server'} CA ${new Date(now).toISOString().slice(0, 10)} ${keyIdOf(former).slice(0, 4)}`,
    },
    purpose: name === 'device' ? 'clientAuth' : 'serverAuth',
    crlUrl: crlUrl && revocationListUrl(crlUrl, root.certificate),
    ...(keyAlgorithm === undefined ? {} : { keyAlgorithm }),
    now,
  });
  await writeCredential(paths.key, privateKeyToPem(current.privateKey, passphrase), 'private');
  await writeCredential(paths.certificate, current.certificate.toString(), 'public');
  return { former, current: current.certificate, ended };
}

/** Copies the present pair to `retired/`; what an interrupted rotation left there already is taken as it is. */
async function retire({ directory, name, passphrase }: RotationRequest) {
  const paths = authorityPaths(directory, name);
  const certificate = await loadCertificate(paths.certificate, directory);
  const kept = retiredPaths(directory, name, certificate);
  try {
    await loadAuthorityAt(kept, directory, passphrase);
    return certificate;
  } catch (error) {
    if (codeOf(error) !== 'credential_missing') throw error;
  }
  await loadAuthority(directory, name, passphrase);
  await makePrivateDirectory(dirname(kept.key));
  // The key as it is: still under the passphrase it was made with.
  await writeCredential(kept.key, await readCredential(paths.key, 'bring it back'), 'private');
  await writeCredential(kept.certificate, certificate.toString(), 'public');
  return certificate;
}
