import type { FastifyInstance } from 'fastify';

/**
 * Takes an empty body for none, also where the content type says JSON: many clients send the header with every request.
 * A route that needs a body still refuses it, and says so.
 */
export function takeEmptyBodies(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body.length === 0) return done(null, undefined);
    // Asked for as text above.
    return parse(request, body as string, done);
  });
}
