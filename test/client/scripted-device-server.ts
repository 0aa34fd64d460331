import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { type WebSocket, WebSocketServer } from 'ws';
import { loadDeviceTrust } from '../../src/identity/authorities.ts';
import { loadServerCredentials } from '../../src/identity/certificate-directory.ts';
import {
  DEVICE_SUBPROTOCOLS,
  type DeviceSubprotocol,
  serverCodecs,
} from '../../src/protocol/device-codec.ts';
import type { DeviceFrame, ServerToDeviceFrame } from '../../src/protocol/device-frames.ts';

/** One device's connection, as the script of a test sees it. */
export interface Peer {
  readonly socket: WebSocket;
  readonly resumed: boolean;
  readonly authorization: string;
  send(frame: ServerToDeviceFrame): void;
  /** Drops the connection without a close frame, as a lost network does. */
  cut(): void;
}

export interface DeviceScript {
  tokenLifetimeS?: number;
  heartbeatS?: number;
  /** Answers instead of a token, or instead of the upgrade. */
  refuseToken?: () => { status: number; code: string } | null;
  refuseUpgrade?: () => { status: number; code: string } | null;
  /** What the server does with a frame; default: welcome, and an ack for every number that follows the last. */
  onFrame?: (frame: DeviceFrame, peer: Peer, server: ScriptedDeviceServer) => void;
}

/** A real TLS and WebSocket server that speaks the device frames and does what a test's script says. */
export class ScriptedDeviceServer implements AsyncDisposable {
  readonly script: DeviceScript;
  readonly peers: Peer[] = [];
  readonly frames: DeviceFrame[] = [];
  tokensIssued = 0;
  /** Frames taken in order, by stream: what a journal would hold. */
  readonly durable = new Map<string, DeviceFrame[]>();
  readonly #server: ReturnType<typeof createServer>;
  readonly #sockets: WebSocketServer;
  readonly #codecs = serverCodecs();
  #stream = '';

  private constructor(script: DeviceScript, tls: { key: string; cert: string; ca: string }) {
    this.script = script;
    this.#server = createServer(
      { ...tls, requestCert: true, rejectUnauthorized: true },
      (request, response) => {
        const refusal = script.refuseToken?.() ?? null;
        request.resume();
        response.setHeader('content-type', 'application/json');
        if (refusal) {
          response.writeHead(refusal.status).end(JSON.stringify({ code: refusal.code }));
          return;
        }
        this.tokensIssued += 1;
        response.end(
          JSON.stringify({
            access_token: `token-${this.tokensIssued}`,
            token_type: 'Bearer',
            expires_in: script.tokenLifetimeS ?? 600,
          }),
        );
      },
    );
    this.#sockets = new WebSocketServer({
      noServer: true,
      handleProtocols: (offered) => DEVICE_SUBPROTOCOLS.find((name) => offered.has(name)) ?? false,
    });
    this.#server.on('upgrade', (request, socket, head) => {
      const refusal = script.refuseUpgrade?.() ?? null;
      if (refusal) {
        const body = JSON.stringify({ code: refusal.code });
        socket.end(
          `HTTP/1.1 ${refusal.status} No\r\ncontent-type: application/problem+json\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`,
        );
        return;
      }
      this.#sockets.handleUpgrade(request, socket, head, (ws) => {
        const tlsSocket = request.socket as TLSSocket;
        this.#accept(ws, tlsSocket.isSessionReused(), request.headers.authorization ?? '');
      });
    });
  }

  static async start(directory: string, script: DeviceScript = {}, port = 0): Promise<ScriptedDeviceServer> {
    const [{ key, cert }, ca] = await Promise.all([
      loadServerCredentials(directory),
      loadDeviceTrust(directory),
    ]);
    const server = new ScriptedDeviceServer(script, { key, cert, ca });
    await new Promise<void>((resolve) => server.#server.listen(port, '127.0.0.1', resolve));
    return server;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }
  get url(): string {
    return `https://localhost:${this.port}`;
  }
  /** Times of all samples on disk, in the order of their streams and numbers. */
  get storedTimes(): number[] {
    return [...this.durable.values()]
      .flat()
      .flatMap((frame) => (frame.type === 'vitals' ? frame.samples.map((s) => (s as { t: number }).t) : []));
  }

  /** The default behaviour: what a server does that loses nothing. */
  take(frame: DeviceFrame, peer: Peer): void {
    if (frame.type === 'hello') {
      this.#stream = frame.stream;
      const ack = this.durable.get(frame.stream)?.length ?? 0;
      this.welcome(peer, ack);
    } else if ('seq' in frame && this.store(frame)) {
      peer.send({ type: 'ack', seq: frame.seq });
    } else if (frame.type === 'refresh') {
      peer.send({ type: 'refreshed', token_expires: 0 });
    }
  }

  welcome(peer: Peer, ack: number): void {
    const { heartbeatS = 30 } = this.script;
    peer.send({
      type: 'welcome',
      session: `session-${this.peers.length}`,
      ack,
      time: 0,
      heartbeat_s: heartbeatS,
      token_expires: 0,
    });
  }

  /** Keeps the frame when it is the next of its stream; a duplicate is fine too, a gap is not. */
  store(frame: DeviceFrame & { seq: number }): boolean {
    const frames = this.durable.get(this.#stream) ?? [];
    this.durable.set(this.#stream, frames);
    if (frame.seq > frames.length + 1) return false;
    if (frame.seq === frames.length + 1) frames.push(frame);
    return true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { socket } of this.peers) socket.terminate();
    await new Promise((resolve) => {
      this.#server.close(resolve);
      this.#server.closeAllConnections();
    });
  }

  #accept(socket: WebSocket, resumed: boolean, authorization: string): void {
    const codec = this.#codecs[socket.protocol as DeviceSubprotocol];
    const peer: Peer = {
      socket,
      resumed,
      authorization,
      send: (frame) => socket.send(codec.encode(frame)),
      cut: () => socket.terminate(),
    };
    this.peers.push(peer);
    socket.on('error', () => undefined);
    socket.on('message', (data, binary) => {
      const decoded = codec.decode(data as Buffer, binary);
      if (!decoded.ok) throw new Error(decoded.problem);
      this.frames.push(decoded.frame);
      (this.script.onFrame ?? ((frame, from) => this.take(frame, from)))(decoded.frame, peer, this);
    });
  }
}
