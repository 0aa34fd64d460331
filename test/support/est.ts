import type { X509Certificate } from 'node:crypto';
import { createCertificateRequest } from '../../src/pki/certificate-request.ts';
import { decodeCertsOnly } from '../../src/pki/certs-only.ts';
import { generateKeyPair, type KeyPair, privateKeyToPem } from '../../src/pki/key-pair.ts';
import { ask, type RawPeer } from './raw-device.ts';
import type { RestAnswer } from './rest.ts';
import type { RunningServer } from './running-server.ts';

/** A PKCS#10 request for `device`, in base64 as EST sends it. */
export function estRequest(device: string, keyPair: KeyPair = generateKeyPair()): string {
  return createCertificateRequest({ device, organization: 'Test', keyPair }).toString('base64');
}

/** `POST simplereenroll` with whatever body. */
export function reenroll(
  server: RunningServer,
  peer: RawPeer,
  body: string,
  contentType = 'application/pkcs10',
): Promise<RestAnswer> {
  return ask(
    `${server.deviceUrl}/.well-known/est/simplereenroll`,
    { ...peer, method: 'POST', headers: { 'content-type': contentType } },
    body,
  );
}

export function certificatesIn({ text }: RestAnswer): X509Certificate[] {
  return decodeCertsOnly(Buffer.from(text, 'base64'));
}

/** Renews, and gives what the device is then: the new certificate with its key. */
export async function renewed(
  server: RunningServer,
  peer: RawPeer,
  device: string,
): Promise<Required<RawPeer>> {
  const keyPair = generateKeyPair();
  const answer = await reenroll(server, peer, estRequest(device, keyPair));
  const [certificate] = answer.status === 200 ? certificatesIn(answer) : [];
  if (certificate === undefined) throw new Error(`not renewed: ${answer.status} ${answer.text}`);
  return {
    ca: peer.ca,
    cert: certificate.toString(),
    key: privateKeyToPem(keyPair.privateKey),
  } as Required<RawPeer>;
}
