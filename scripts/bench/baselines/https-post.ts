import { readFileSync } from 'node:fs';
import { createServer, type ServerOptions } from 'node:https';

/**
 * The least that a server can be to which wearables post each sample over mTLS: it parses the JSON, sees that there is a
 * bearer token, and answers 204. No check of the token or of a value, no journal, no alarms.
 */
const [cert = '', key = '', ca = ''] = process.argv.slice(2);
const options: ServerOptions = {
  ...{ cert: readFileSync(cert), key: readFileSync(key), ca: readFileSync(ca) },
  ...{ requestCert: true, rejectUnauthorized: true, keepAliveTimeout: 120_000 },
};
let samples = 0;
const server = createServer(options, (request, response) => {
  const pieces: Buffer[] = [];
  request.on('data', (piece: Buffer) => pieces.push(piece));
  request.on('end', () => {
    const isBearer = request.headers.authorization?.startsWith('Bearer ') ?? false;
    const frame = JSON.parse(Buffer.concat(pieces).toString('utf8')) as { readonly samples?: unknown[] };
    samples += frame.samples?.length ?? 0;
    response.writeHead(isBearer ? 204 : 401).end();
  });
});
process.on('message', () => process.send?.({ samples }));
process.on('disconnect', () => process.exit());
process.on('SIGINT', () => {});
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as { port: number }).port }));
