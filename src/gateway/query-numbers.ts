import type { FastifyInstance } from 'fastify';

const WHOLE = /^-?\d{1,16}$/;

/**
 * Whole numbers of a query become numbers where the route's schema asks for them: on the wire they are text. Nothing else
 * is ever made into another type: a `null` in a body taken for 0 would be a measurement that nobody made.
 */
export function readQueryNumbers(app: FastifyInstance): void {
  app.addHook('preValidation', async (request) => {
    const schema = request.routeOptions.schema?.querystring as
      | { readonly properties?: Readonly<Record<string, { readonly type?: unknown }>> }
      | undefined;
    const query = request.query as Record<string, unknown>;
    for (const [name, { type }] of Object.entries(schema?.properties ?? {})) {
      const text = query[name];
      if (type === 'integer' && typeof text === 'string' && WHOLE.test(text)) query[name] = Number(text);
    }
  });
}
