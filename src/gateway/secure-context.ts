import type { Server, TlsOptions } from 'node:tls';
import type { FastifyInstance } from 'fastify';
import { TICKET_KEY_LIFE_MS } from './ticket-keys.ts';

/** Keys, certificates and trust of a listener, PEM. */
export interface TlsCredentials {
  readonly key: string;
  readonly cert: string;
  readonly ca?: string;
}

/** TLS options of both listeners that belong to the context, and are set again with every new one. */
const CONTEXT: Pick<
  TlsOptions,
  'minVersion' | 'ciphers' | 'honorCipherOrder' | 'sessionIdContext' | 'sessionTimeout'
> = {
  minVersion: 'TLSv1.2',
  // Authenticated encryption with forward secrecy only (RFC 9325 4.2), whatever kind of key the server has.
  ciphers: [
    ...['TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256', 'TLS_AES_128_GCM_SHA256'],
    ...['ECDHE-ECDSA-AES256-GCM-SHA384', 'ECDHE-RSA-AES256-GCM-SHA384'],
    ...['ECDHE-ECDSA-CHACHA20-POLY1305', 'ECDHE-RSA-CHACHA20-POLY1305'],
    ...['ECDHE-ECDSA-AES128-GCM-SHA256', 'ECDHE-RSA-AES128-GCM-SHA256'],
  ].join(':'),
  honorCipherOrder: true,
  // Node's own is made of the command line: one more option, and a restarted process resumes nobody.
  sessionIdContext: 'vitalwire',
  // A wearable stays connected for days and shows the ticket of its last connection: OpenSSL's two hours are too few.
  sessionTimeout: TICKET_KEY_LIFE_MS / 1_000,
};

/** What a listener is made with. */
export function secureContext<Credentials extends TlsCredentials>(credentials: Credentials) {
  return { ...credentials, ...CONTEXT };
}

/**
 * Puts new credentials into both listeners: new connections get them, open ones stay as they are. The session ticket
 * keys stay too, so that a fleet's reconnects stay cheap: what a resumed session may do is decided from the certificate
 * and the registry. Where they must not stay, TicketKeys replaces them.
 */
export function renewSecureContexts(
  { server, deviceTrust }: { readonly server: TlsCredentials; readonly deviceTrust: string },
  device: FastifyInstance,
  clinician: FastifyInstance,
): void {
  replace(device, { ...server, ca: deviceTrust });
  replace(clinician, server);
}

function replace(listener: FastifyInstance, credentials: TlsCredentials): void {
  // Fastify's type knows plain HTTP only; both listeners are made with TLS.
  const server = listener.server as unknown as Server;
  server.setSecureContext({ ...secureContext(credentials), ticketKeys: server.getTicketKeys() });
}
