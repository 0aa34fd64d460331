import { readFile } from 'node:fs/promises';
import type { RenewalSettings } from '../../src/client/certificate-renewal.ts';
import { devicePaths } from '../../src/identity/certificate-directory.ts';
import { stageDeviceFiles } from '../../src/identity/device-files.ts';
import type { DeviceId } from '../../src/model/ids.ts';

/** Renewed identities take the place of the device's files in the certificates directory, whole. */
export function renewalStore(certs: string, device: DeviceId): RenewalSettings {
  const files = devicePaths(certs, device);
  return {
    async store({ cert, key }) {
      const authority = await readFile(files.authority, 'utf8');
      // A PKCS#12 bundle would hold the former identity: it goes.
      const content = { certificate: cert, key, authority, bundle: null };
      await using staged = await stageDeviceFiles(files, content);
      await staged.commit();
    },
  };
}
