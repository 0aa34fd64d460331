import { type AddressInfo, connect, createServer } from 'node:net';

/**
 * Runs in a network namespace: takes connections on one address and carries them to the server at another, so that the
 * server's own TCP connections end in the namespace. Arguments: address to listen at, address and port of the server.
 */
const [listenAt = '', host = '', port = ''] = process.argv.slice(2);

const server = createServer((near) => {
  const far = connect(Number(port), host);
  near.pipe(far);
  far.pipe(near);
  for (const [one, other] of [
    [near, far],
    [far, near],
  ] as const) {
    one.on('error', () => other.destroy());
    one.on('close', () => other.destroy());
  }
});
server.listen(0, listenAt, () => process.stdout.write(`${(server.address() as AddressInfo).port}\n`));
