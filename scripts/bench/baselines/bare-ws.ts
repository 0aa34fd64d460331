import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { type WebSocket, WebSocketServer } from 'ws';

/**
 * The least that a WebSocket server over mTLS can be with `ws`: it counts messages, and with `--ack` answers each with its
 * number. No journal, no check, no look at what is in a message beyond what the ack needs.
 */
const [cert = '', key = '', ca = '', mode = ''] = process.argv.slice(2);
const server = createServer({
  ...{ cert: readFileSync(cert), key: readFileSync(key), ca: readFileSync(ca) },
  ...{ requestCert: true, rejectUnauthorized: true },
});
const sockets = new WebSocketServer({
  ...{ server, perMessageDeflate: false, clientTracking: false, allowSynchronousEvents: true },
});
let frames = 0;

sockets.on('connection', (socket: WebSocket) => {
  let received = 0;
  socket.on('message', () => {
    frames += 1;
    if (mode !== '--ack') return;
    received += 1;
    socket.send(`{"type":"ack","seq":${received}}`);
  });
  socket.on('error', () => socket.terminate());
});
process.on('message', () => process.send?.({ frames }));
process.on('disconnect', () => process.exit());
process.on('SIGINT', () => {});
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as { port: number }).port }));
