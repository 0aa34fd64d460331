import { Agent } from 'node:https';

export interface TlsIdentity {
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  /** What the server's certificate must chain to, PEM; the system's roots when absent. */
  readonly ca?: string | Buffer;
  /** Name the server's certificate must hold, where it is not the URL's host. */
  readonly serverName?: string;
}

/** An agent that keeps TLS sessions between connections, so that a reconnect costs half a handshake. */
export function tlsAgent(identity: TlsIdentity): Agent {
  const { cert, key, ca, serverName } = identity;
  return new Agent({
    minVersion: 'TLSv1.2',
    maxCachedSessions: 4,
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(ca === undefined ? {} : { ca }),
    ...(serverName === undefined ? {} : { servername: serverName }),
  });
}
