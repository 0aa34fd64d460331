import { authorityPaths, serverPaths } from '../../../src/identity/certificate-directory.ts';
import type { Rig } from '../../rig/rig.ts';
import { type BaselineOptions, startBaseline } from '../subjects/baseline.ts';
import type { Subject } from '../subjects/subject.ts';

export type BareName = 'raw TLS' | 'bare ws' | 'bare ws that acks';

const BARE: Readonly<Record<BareName, Pick<BaselineOptions, 'entry' | 'arguments' | 'dialect' | 'taken'>>> = {
  'raw TLS': { entry: 'raw-tls.ts', dialect: { name: 'raw_tls' }, taken: ({ bytes = 0 }) => bytes },
  'bare ws': {
    entry: 'bare-ws.ts',
    dialect: { name: 'bare_websocket' },
    taken: ({ frames = 0 }) => frames,
  },
  'bare ws that acks': {
    ...{ entry: 'bare-ws.ts', arguments: ['--ack'], dialect: { name: 'bare_websocket' } },
    taken: null,
  },
};

/** A baseline with the certificates of the rig's server. @throws CodedError `baseline_did_not_start` */
export function startBare(name: BareName, { server }: Rig): Promise<Subject> {
  const { certificate: cert, key } = serverPaths(server.certs);
  const ca = authorityPaths(server.certs, 'root').certificate;
  return startBaseline({ name, cert, key, ca, ...BARE[name] });
}
