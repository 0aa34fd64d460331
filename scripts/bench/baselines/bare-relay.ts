import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { type WebSocket, WebSocketServer } from 'ws';

/**
 * Bare `ws` over mTLS that counts frames, and sends those of marked sockets (by the path of their upgrade) to whoever
 * watches, as they are: the least time that a frame can take from a wearable to a clinician through a server like this.
 */
const [cert = '', key = '', ca = ''] = process.argv.slice(2);
const server = createServer({
  ...{ cert: readFileSync(cert), key: readFileSync(key), ca: readFileSync(ca) },
  ...{ requestCert: true, rejectUnauthorized: true },
});
const sockets = new WebSocketServer({
  ...{ server, perMessageDeflate: false, clientTracking: false, allowSynchronousEvents: true },
});
const watching = new Set<WebSocket>();
let frames = 0;

sockets.on('connection', (socket: WebSocket, { url }) => {
  socket.on('error', () => socket.terminate());
  switch (url) {
    case '/publish':
      socket.on('message', (data: Buffer) => {
        for (const one of watching) one.send(data, { binary: false });
      });
      break;
    case '/v1/feed':
      socket.on('message', () => {
        watching.add(socket);
        socket.send('{"type":"snapshot"}');
      });
      socket.on('close', () => watching.delete(socket));
      break;
    default:
      socket.on('message', () => {
        frames += 1;
      });
  }
});
process.on('message', () => process.send?.({ frames }));
process.on('disconnect', () => process.exit());
process.on('SIGINT', () => {});
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as { port: number }).port }));
