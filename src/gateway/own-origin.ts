import type { FastifyRequest } from 'fastify';

/**
 * Whether a request comes from a page of this server: its `Origin` is that of the host it was sent to, or of the address
 * that people open the console at where a proxy sends on another host. A browser puts the origin there, and no page can
 * put another; it does not for a request that only a script could have made.
 * @param consoleUrl as configured; null: not
 */
export function isOwnOrigin({ headers }: FastifyRequest, consoleUrl: string | null): boolean {
  const { origin, host } = headers;
  if (origin === undefined) return false;
  return origin === consoleUrl || origin === originOf(host);
}

/** As a browser writes it: in lower case, without the port that TLS has by default (RFC 6454 section 6.1). */
function originOf(host: string | undefined): string | undefined {
  return host === undefined ? undefined : URL.parse(`https://${host}`)?.origin;
}

/** Whether a request may change something, or open what goes on telling (RFC 6455 section 10.2). */
export function needsOwnOrigin({ method, headers }: FastifyRequest): boolean {
  return (method !== 'GET' && method !== 'HEAD') || headers.upgrade !== undefined;
}
