import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** Bytes that went each way, as they are on the wire: TLS, without the headers of TCP and IP. */
export interface Passed {
  readonly up: number;
  readonly down: number;
}

/** A TCP relay before a server that counts what passes and looks at none of it. */
export class CountingRelay implements AsyncDisposable {
  readonly #server = createServer((socket) => this.#relay(socket));
  readonly #to: number;
  readonly #open = new Set<Socket>();
  #up = 0;
  #down = 0;

  private constructor(to: number) {
    this.#to = to;
  }

  /** @param to the port of the server, on this machine */
  static async start(to: number): Promise<CountingRelay> {
    const relay = new CountingRelay(to);
    relay.#server.listen(0, '127.0.0.1');
    await once(relay.#server, 'listening');
    return relay;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get passed(): Passed {
    return { up: this.#up, down: this.#down };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#open) socket.destroy();
    await closed;
  }

  #relay(device: Socket): void {
    const server = connect(this.#to, '127.0.0.1');
    device.on('data', (data) => {
      this.#up += data.length;
    });
    server.on('data', (data) => {
      this.#down += data.length;
    });
    device.pipe(server).pipe(device);
    for (const [socket, other] of [
      [device, server],
      [server, device],
    ] as const) {
      this.#open.add(socket);
      socket.setNoDelay(true);
      // Whatever ended one end, the other has nobody to talk to.
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        this.#open.delete(socket);
        other.destroy();
      });
    }
  }
}
