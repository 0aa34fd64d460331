import { fileURLToPath } from 'node:url';
import { authorityPaths, serverPaths } from '../../../src/identity/certificate-directory.ts';
import { startBaseline } from '../subjects/baseline.ts';
import type { Product } from '../subjects/product.ts';
import type { Subject } from '../subjects/subject.ts';

/** What lets garbage be collected from outside: see collect-on-signal.ts. */
export const COLLECTS: readonly string[] = [
  '--expose-gc',
  '--import',
  fileURLToPath(new URL('./collect-on-signal.ts', import.meta.url)),
];

/** The root that certificates of this product chain to: path of a PEM file. */
export function rootOf({ rig }: Product): string {
  return authorityPaths(rig.server.certs, 'root').certificate;
}

/** Bare `ws` over mTLS that counts frames (B1), with the product's certificates. @throws CodedError `baseline_did_not_start` */
export function startBareWs(product: Product, nodeArguments: readonly string[] = []): Promise<Subject> {
  const { certificate: cert, key } = serverPaths(product.rig.server.certs);
  return startBaseline({
    ...{ name: 'bare ws', entry: 'bare-ws.ts', dialect: { name: 'bare_websocket' }, nodeArguments },
    ...{ cert, key, ca: rootOf(product) },
    taken: ({ frames = 0 }) => frames,
  });
}
