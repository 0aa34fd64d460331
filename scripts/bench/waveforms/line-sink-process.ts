import { createServer } from 'node:http';

/** What InfluxDB 1.x answers to a statement that gives nothing. */
const NOTHING = '{"results":[{"statement_id":0}]}';

/** Takes line protocol as InfluxDB 1.x does, counts its bytes, and keeps nothing of it. */
let bytes = 0;
const server = createServer((request, response) => {
  const isWrite = request.url?.startsWith('/write') ?? false;
  request.on('data', (piece: Buffer) => {
    if (isWrite) bytes += piece.length;
  });
  request.on('end', () => {
    if (isWrite) response.writeHead(204).end();
    else response.writeHead(200, { 'content-type': 'application/json' }).end(NOTHING);
  });
});
process.on('message', () => process.send?.({ bytes }));
process.on('disconnect', () => process.exit());
process.on('SIGINT', () => {});
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as { port: number }).port }));
