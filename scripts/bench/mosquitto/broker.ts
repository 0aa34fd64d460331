import { authorityPaths, serverPaths } from '../../../src/identity/certificate-directory.ts';
import { type Mosquitto, startMosquitto } from '../../rig/mosquitto-process.ts';
import { pinning } from '../machine/pinned.ts';
import type { Subject } from '../subjects/subject.ts';

/** Mosquitto on the server's core. */
export interface Broker extends Subject {
  readonly version: string;
}

/** @param certs the product's certificates, so that handshakes cost the same @throws CodedError `mosquitto_did_not_start` */
export async function startBroker(certs: string): Promise<Broker> {
  const { certificate: cert, key } = serverPaths(certs);
  const ca = authorityPaths(certs, 'root').certificate;
  const mosquitto: Mosquitto = await startMosquitto({ cert, key, ca, launcher: pinning('server') });
  const { pid, port, version } = mosquitto;
  return {
    ...{ name: 'mosquitto', pid, port, version, dialect: { name: 'mqtt' } },
    taken: async () => null,
    journaled: async () => null,
    [Symbol.asyncDispose]: () => mosquitto[Symbol.asyncDispose](),
  };
}
