import { hash } from 'node:crypto';
import type { FastifyReply } from 'fastify';
import { ERROR_CODES, type ErrorCode } from '../protocol/error-codes.ts';
import { PAGE_HEADERS } from './console-files.ts';

const STYLE =
  ':root{color-scheme:light dark;font:1.25rem/1.5 system-ui,sans-serif}main{max-width:32rem;margin:15vh auto;padding:0 1rem}';

/** The page loads and runs nothing; its one style is known by its hash. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${hash('sha256', STYLE, 'base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** What a person can do about it, by code; every other code is the server's own affair. */
const ADVICE: Partial<Readonly<Record<ErrorCode, string>>> = {
  sign_in_failed: 'Begin again, and finish in the same window within ten minutes.',
  identity_provider_unavailable:
    'The sign-in service of your organisation does not answer as it should. Try again in a minute. If you must see patients now, ask an admin for a sign-in link.',
  role_forbidden: 'Your account has no role here. Ask an admin to give you one.',
  clinician_unknown: 'Your account is not registered here. Ask an admin to add you.',
  clinician_inactive: 'Your account is no longer active here. Ask an admin if you should still have access.',
  rate_exceeded: 'Too many people sign in from your network at this moment. Wait a minute, then try again.',
  registry_disk_full: 'The server can not write down that you signed in. Tell whoever runs it.',
  overloaded: 'The server is restarting. Try again in a minute.',
};
const OTHERWISE = 'Try again. If it does not work either, tell whoever runs the server, with the time.';

/**
 * Leads on to the console once the session's cookie is set. A redirect would not do: in a chain that began at the
 * provider's site the browser leaves out a cookie that is `SameSite=Strict` (RFC 6265bis section 5.2.1); what this page
 * leads to, our own site asked for.
 * @param path as `returnPath` gives it
 */
export function sendSignedInPage(reply: FastifyReply, path: string): FastifyReply {
  return sendPage(
    reply.code(200),
    'Signed in',
    `<p><a href="${escaped(path)}">Go on to the console</a></p>`,
    `<meta http-equiv="refresh" content="0;url=${escaped(path)}">`,
  );
}

/** Says in plain words why a sign-in came to nothing, with the status of the code. */
export function sendSignInFailure(reply: FastifyReply, code: ErrorCode, message: string): FastifyReply {
  const detail = `<p><small>${escaped(code)}: ${escaped(message)}</small></p>`;
  return sendPage(
    reply.code(ERROR_CODES[code].status),
    'You are not signed in',
    `<p>${escaped(ADVICE[code] ?? OTHERWISE)}</p><p><a href="/sign-in">Back to the sign-in</a></p>${detail}`,
  );
}

function sendPage(reply: FastifyReply, title: string, body: string, head = ''): FastifyReply {
  return reply
    .headers({ ...PAGE_HEADERS, 'content-security-policy': CONTENT_SECURITY_POLICY })
    .header('cache-control', 'no-store')
    .type('text/html; charset=utf-8')
    .send(
      `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">${head}<title>${title} - Vitalwire</title><style>${STYLE}</style></head><body><main><h1>${title}</h1>${body}</main></body></html>`,
    );
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);
}
