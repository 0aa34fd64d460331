import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { loadServerCredentials } from '../../src/identity/certificate-directory.ts';
import { FEED_SUBPROTOCOL, feedCommandReader } from '../../src/protocol/feed-codec.ts';
import type { FeedCommand } from '../../src/protocol/feed-commands.ts';
import type { FeedFrame } from '../../src/protocol/feed-frames.ts';

export interface FeedPeer {
  readonly socket: WebSocket;
  readonly authorization: string;
  send(frame: FeedFrame): void;
}

type AlarmFrame = Extract<FeedFrame, { type: 'alarm' }>;
const EMPTY = { patients: [], unassigned: [], escalated: [], addressed: [] };

export interface FeedScript {
  refuseUpgrade?: () => { status: number; code: string } | null;
  onCommand?: (command: FeedCommand, peer: FeedPeer, server: ScriptedFeedServer) => void;
}

/** A real TLS and WebSocket server with an alarm log, that speaks the feed frames. */
export class ScriptedFeedServer implements AsyncDisposable {
  readonly script: FeedScript;
  readonly peers: FeedPeer[] = [];
  readonly commands: FeedCommand[] = [];
  readonly log: AlarmFrame[] = [];
  readonly #server: ReturnType<typeof createServer>;
  readonly #subscribed = new Set<FeedPeer>();

  private constructor(script: FeedScript, tls: { key: string; cert: string }) {
    this.script = script;
    this.#server = createServer(tls);
    const sockets = new WebSocketServer({ noServer: true, handleProtocols: () => FEED_SUBPROTOCOL });
    const read = feedCommandReader();
    this.#server.on('upgrade', (request, socket, head) => {
      const refusal = script.refuseUpgrade?.() ?? null;
      if (refusal) {
        const body = JSON.stringify({ code: refusal.code });
        socket.end(
          `HTTP/1.1 ${refusal.status} No\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`,
        );
        return;
      }
      sockets.handleUpgrade(request, socket, head, (ws) => {
        const peer: FeedPeer = {
          socket: ws,
          authorization: request.headers.authorization ?? '',
          send: (frame) => ws.send(JSON.stringify(frame)),
        };
        this.peers.push(peer);
        ws.on('error', () => undefined);
        ws.on('message', (data) => {
          const decoded = read(String(data));
          if (!decoded.ok) throw new Error(decoded.problem);
          this.commands.push(decoded.frame);
          (script.onCommand ?? ((command, from) => this.take(command, from)))(decoded.frame, peer, this);
        });
      });
    });
  }

  static async start(directory: string, script: FeedScript = {}): Promise<ScriptedFeedServer> {
    const server = new ScriptedFeedServer(script, await loadServerCredentials(directory));
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get url(): string {
    return `https://localhost:${(this.#server.address() as AddressInfo).port}`;
  }
  get cursor(): string {
    return String(this.log.length);
  }

  /** Appends an event to the log and tells whoever is connected. */
  raise(id: string): void {
    const frame = {
      type: 'alarm',
      cursor: String(this.log.length + 1),
      event: 'raised',
      addressed: true,
      ward: 'north',
      at: this.log.length,
      alarm: { id },
    } as unknown as AlarmFrame;
    this.log.push(frame);
    for (const peer of this.#subscribed) if (peer.socket.readyState === 1) peer.send(frame);
  }

  /** The default behaviour: replay after `since`, snapshot, and yes to everything. */
  take(command: FeedCommand, peer: FeedPeer): void {
    if (command.type === 'received') return;
    const id = 'id' in command && command.id !== undefined ? { id: command.id } : {};
    peer.send({ type: 'result', ...id, command: command.type, ok: true });
    if (command.type !== 'subscribe') return;
    const since = command.since === undefined ? this.log.length : Number(command.since);
    for (const frame of this.log.slice(since)) peer.send(frame);
    this.#subscribed.add(peer);
    peer.send({ type: 'snapshot', time: 0, cursor: this.cursor, ...EMPTY });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { socket } of this.peers) socket.terminate();
    await new Promise((resolve) => {
      this.#server.close(resolve);
      this.#server.closeAllConnections();
    });
  }
}
