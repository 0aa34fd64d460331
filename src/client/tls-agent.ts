import type { ClientRequestArgs } from 'node:http';
import { Agent } from 'node:https';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';

export interface TlsIdentity {
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  /** What the server's certificate must chain to, PEM; the system's roots when absent. */
  readonly ca?: string | Buffer;
  /** Name the server's certificate must hold, where it is not the URL's host. */
  readonly serverName?: string;
}

/** Origins whose sessions are kept: the server's, and its authority's or provider's. */
const MAX_ORIGINS = 4;
/** Handshakes in a row that may fail with a session before it is taken for the reason. */
const MAX_FAILURES = 3;

interface KeptSession {
  ticket: Buffer;
  failures: number;
}

/** What `createConnection` may call back with, as Node's types have it. */
type Created = (error: Error | null, stream: Duplex) => void;

/**
 * Keeps the newest TLS session of each origin until a newer one comes. Node's own cache forgets it with any error, and
 * a server that restarts refuses connections for a moment: just then the fleet would have nothing to resume.
 */
class ResumingAgent extends Agent {
  readonly #sessions = new Map<string, KeptSession>();

  override createConnection(options: ClientRequestArgs, created?: Created): Duplex | null | undefined {
    // The name holds all that a session depends on, the trust in the server's certificate too.
    const origin = this.getName(options);
    const kept = this.#sessions.get(origin);
    const offered = kept === undefined ? options : { ...options, session: kept.ticket };
    const socket = super.createConnection(offered, created) as TLSSocket;
    let inHandshake = false;
    const ended = (): void => {
      if (!inHandshake || kept === undefined) return;
      inHandshake = false;
      kept.failures += 1;
      if (kept.failures >= MAX_FAILURES && this.#sessions.get(origin) === kept) this.#sessions.delete(origin);
    };
    socket.once('connect', () => {
      inHandshake = true;
    });
    socket.once('secureConnect', () => {
      inHandshake = false;
      if (kept) kept.failures = 0;
    });
    socket.on('session', (ticket) => this.#keep(origin, ticket));
    // A reset is an error and a close after it; one that took too long is closed without an error.
    socket.once('error', ended);
    socket.once('close', ended);
    return socket;
  }

  #keep(origin: string, ticket: Buffer): void {
    const [oldest] = this.#sessions.keys();
    if (oldest !== undefined && this.#sessions.size >= MAX_ORIGINS && !this.#sessions.has(origin))
      this.#sessions.delete(oldest);
    this.#sessions.set(origin, { ticket, failures: 0 });
  }
}

/** An agent that keeps TLS sessions between connections, so that a reconnect costs half a handshake. */
export function tlsAgent(identity: TlsIdentity): Agent {
  const { cert, key, ca, serverName } = identity;
  return new ResumingAgent({
    minVersion: 'TLSv1.2',
    maxCachedSessions: 0,
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(ca === undefined ? {} : { ca }),
    ...(serverName === undefined ? {} : { servername: serverName }),
  });
}
