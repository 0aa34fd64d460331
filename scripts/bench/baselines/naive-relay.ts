import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { type WebSocket, WebSocketServer } from 'ws';

/**
 * A relay as it is first written: what one socket publishes is made text and sent, for each of those who watch. TLS as
 * clinicians have it. No check of who may hear what, no bound on who reads slowly, no account of who was sent what.
 */
const [cert = '', key = ''] = process.argv.slice(2);
const server = createServer({ cert: readFileSync(cert), key: readFileSync(key) });
const sockets = new WebSocketServer({
  ...{ server, perMessageDeflate: false, clientTracking: false, allowSynchronousEvents: true },
});
const watching = new Set<WebSocket>();

sockets.on('connection', (socket: WebSocket, { url }) => {
  socket.on('error', () => socket.terminate());
  if (url === '/publish') {
    socket.on('message', (data: Buffer) => {
      const message: unknown = JSON.parse(data.toString('utf8'));
      for (const one of watching) one.send(JSON.stringify(message));
    });
    return;
  }
  socket.on('message', () => {
    watching.add(socket);
    socket.send('{"type":"snapshot"}');
  });
  socket.on('close', () => watching.delete(socket));
});
process.on('disconnect', () => process.exit());
process.on('SIGINT', () => {});
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as { port: number }).port }));
