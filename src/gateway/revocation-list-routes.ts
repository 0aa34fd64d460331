import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import Type from 'typebox';
import type { Clock } from '../core/clock.ts';
import type { PublishedLists } from '../identity/published-lists.ts';
import { ProblemDetails, ProblemError } from './problem-details.ts';

/** Caches ask again after this: a list may be replaced long before it ends. Seconds. */
const MAX_AGE_S = 300;

const schema = {
  summary: 'The revocation list of an authority (RFC 5280), in DER',
  tags: ['identity'],
  params: Type.Object({
    file: Type.String({
      maxLength: 64,
      description: "The first 16 hex digits of the authority's key identifier, and `.crl`.",
    }),
  }),
  response: {
    200: {
      description: 'The list.',
      content: { 'application/pkix-crl': { schema: Type.String({ format: 'binary' }) } },
    },
    404: ProblemDetails,
  },
};

/** Revocation lists for whoever checks certificates of this service: not secret, and asked for without TLS identity. */
export function addRevocationListRoutes(
  app: FastifyInstance,
  { lists, clock }: { readonly lists: PublishedLists; readonly clock: Clock },
): void {
  app.get(
    '/crl/:file',
    { schema },
    (request: FastifyRequest<{ Params: { file: string } }>, reply: FastifyReply) => {
      const { file } = request.params;
      const published = lists.find(file);
      if (!published) throw new ProblemError('not_found', 'there is no such revocation list');
      const { thisUpdate, nextUpdate } = published.list;
      const leftS = Math.max(0, Math.floor((nextUpdate - clock.now()) / 1_000));
      const etag = `"${published.digest.slice(0, 32)}"`;
      reply
        .header('etag', etag)
        .header('cache-control', `public, max-age=${Math.min(leftS, MAX_AGE_S)}`)
        .header('expires', new Date(nextUpdate).toUTCString())
        .header('last-modified', new Date(thisUpdate).toUTCString());
      const asked = request.headers['if-none-match']?.split(',').map((one) => one.trim().replace(/^W\//, ''));
      if (asked?.includes(etag)) return reply.code(304).send();
      return reply.type('application/pkix-crl').send(published.der);
    },
  );
}
