import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  X509Certificate,
} from 'node:crypto';
import { readFileSync } from 'node:fs';
import { loadAuthority, serverPaths } from '../../../src/identity/certificate-directory.ts';
import {
  authorityKeyId,
  basicConstraints,
  extendedKeyUsage,
  keyUsage,
  nameOf,
  OID,
  type RawAuthority,
  randomSerial,
  rawAuthority,
  SIGNATURES,
  signCertificate,
  subjectKeyId,
} from './certificate-template.ts';

export const DAY_MS = 86_400_000;

interface RootAndDevice {
  readonly root: RawAuthority;
  readonly device: RawAuthority;
}

/** Everything a thief or a careless admin could have: the real authorities with their keys, and forged twins of them. */
export interface CertificateWorld extends RootAndDevice {
  readonly server: RawAuthority;
  /** Another installation. */
  readonly foreign: RootAndDevice;
  /** Other keys under the very names and key identifiers of the real ones. */
  readonly twin: RootAndDevice;
  /** Below the real root, with an RSA key: it can sign with MD5. */
  readonly rsa: RawAuthority;
  /** Below the device authority, which allows none there. */
  readonly below: RawAuthority;
  /** Below the real root, like the device authority; the server has never seen it. */
  readonly second: RawAuthority;
  /** The server's own certificate and key. */
  readonly serverLeaf: { readonly der: Buffer; readonly key: KeyObject };
  /** 1,024 bits. */
  readonly weakRsaKey: KeyObject;
}

export function ecKey(namedCurve = 'P-256'): KeyObject {
  return generateKeyPairSync('ec', { namedCurve }).privateKey;
}

export async function certificateWorld(certs: string): Promise<CertificateWorld> {
  const load = async (name: 'root' | 'device' | 'server'): Promise<RawAuthority> => {
    const { certificate, privateKey } = await loadAuthority(certs, name);
    return rawAuthority(certificate, privateKey);
  };
  const [root, device, server] = await Promise.all([load('root'), load('device'), load('server')]);
  const foreignRoot = authority({ name: nameOf('Other Root CA', 'Other'), path: 1 });
  const twinRoot = authority({ name: root.name, keyId: root.keyId, path: 1 });
  const rsaKey = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  const paths = serverPaths(certs);
  return {
    ...{ root, device, server },
    foreign: {
      root: foreignRoot,
      device: authority({ name: nameOf('Other Device CA', 'Other'), path: 0, issuer: foreignRoot }),
    },
    twin: {
      root: twinRoot,
      device: authority({ name: device.name, keyId: device.keyId, path: 0, issuer: twinRoot }),
    },
    rsa: authority({ name: nameOf('RSA Device CA'), path: 0, key: rsaKey, issuer: root }),
    below: authority({ name: nameOf('Lower Device CA'), path: 0, issuer: device }),
    second: authority({ name: nameOf('Second Device CA'), path: 0, issuer: root }),
    serverLeaf: {
      der: new X509Certificate(readFileSync(paths.certificate)).raw,
      key: createPrivateKey(readFileSync(paths.key)),
    },
    weakRsaKey: generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey,
  };
}

/** An authority for device certificates; one without an issuer signs itself. */
function authority(asked: {
  readonly name: Buffer;
  readonly path: number;
  readonly keyId?: Buffer;
  readonly key?: KeyObject;
  readonly issuer?: RawAuthority;
}): RawAuthority {
  const { name, path, keyId = randomBytes(20), key = ecKey(), issuer } = asked;
  const der = signCertificate(
    {
      version: 2,
      serial: randomSerial(),
      issuer: issuer?.name ?? name,
      notBefore: Date.now() - DAY_MS,
      notAfter: Date.now() + 365 * DAY_MS,
      subject: name,
      publicKey: createPublicKey(key),
      extensions: [
        basicConstraints(path),
        keyUsage(0x06),
        ...(issuer === undefined ? [] : [extendedKeyUsage(OID.clientAuth)]),
        subjectKeyId(keyId),
        authorityKeyId(issuer?.keyId ?? keyId),
      ],
    },
    issuer?.key ?? key,
    SIGNATURES.ecdsaSha256,
  );
  return { der, name, keyId, key };
}
