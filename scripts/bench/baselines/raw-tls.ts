import { readFileSync } from 'node:fs';
import { createServer } from 'node:tls';

/** TLS with client certificates and nothing on it: it counts bytes, and reads each record as it comes. */
const [cert = '', key = '', ca = ''] = process.argv.slice(2);
let bytes = 0;
const server = createServer(
  {
    ...{ cert: readFileSync(cert), key: readFileSync(key), ca: readFileSync(ca) },
    ...{ requestCert: true, rejectUnauthorized: true },
  },
  (socket) => {
    socket.on('data', (data) => {
      bytes += data.length;
    });
    socket.on('error', () => socket.destroy());
  },
);
process.on('message', () => process.send?.({ bytes }));
process.on('disconnect', () => process.exit());
process.on('SIGINT', () => {});
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as { port: number }).port }));
