import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { ProblemError } from './problem-details.ts';

/**
 * What the page may do: run and look as its own files say, and talk to the server that it came from. No other host, nothing
 * inline, in nobody's frame (OWASP ASVS 5.0 V3.4).
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Headers of every answer that a browser shows or runs. */
export const PAGE_HEADERS = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=(), payment=(), usb=()',
  'strict-transport-security': 'max-age=31536000',
} as const;

/** Paths of the page: one document answers them all, and shows what the path says. */
export const CONSOLE_PATHS = ['/', '/sign-in', '/alarms', '/patients/:id', '/admin', '/admin/*'] as const;

/** Names hold a hash of the content. */
const ASSET_LIFETIME = '365d';

/**
 * Serves the built page. The document is asked for anew each time (its name never changes), what it loads is kept for good.
 * @param directory what `npm run console` makes; when it is not there, `/` says how to make it
 */
export async function addConsoleFiles(app: FastifyInstance, directory: string): Promise<void> {
  const document = join(directory, 'index.html');
  if (!existsSync(document)) {
    app.get('/', { schema: { hide: true } }, () => {
      throw new ProblemError(
        'not_found',
        'the console is not built: `npm run console` builds it, then restart',
      );
    });
    return;
  }
  await app.register(fastifyStatic, {
    root: join(directory, 'assets'),
    prefix: '/assets/',
    preCompressed: true,
    immutable: true,
    maxAge: ASSET_LIFETIME,
    index: false,
    decorateReply: false,
    schemaHide: true,
    setHeaders: (reply) => void reply.headers(PAGE_HEADERS),
  });
  // Read once: the names in it are of the assets that were there at the start.
  const html = readFileSync(document);
  const answer = (_request: unknown, reply: FastifyReply): FastifyReply =>
    reply
      .headers({ ...PAGE_HEADERS, 'cache-control': 'no-cache' })
      .type('text/html; charset=utf-8')
      .send(html);
  for (const path of CONSOLE_PATHS) app.get(path, { schema: { hide: true } }, answer);
}
