import type { Opcode } from './masked-frame.ts';

/** Whom a connection of the load is: a wearable with its certificate and, for the product, its token. */
export interface Peer {
  readonly device: string;
  /** PEM: the device's certificate and the authority's. */
  readonly cert: string;
  readonly key: string;
  readonly token: string;
}

/** What a server said, as far as a load has to know. */
export type Heard =
  /** Frames may be sent. */
  | { readonly kind: 'ready' }
  /** Everything up to `seq` is acked. */
  | { readonly kind: 'acked'; readonly seq: number }
  /** Only this one is acked. */
  | { readonly kind: 'acked_one'; readonly seq: number }
  /** What must not come in a benchmark: it ends the run. */
  | { readonly kind: 'refused'; readonly what: string };

/** One connection's side of a protocol, without its socket: bytes in, bytes out. */
export interface Conversation {
  /** Sent right after the upgrade; null: nothing, and frames may be sent at once. */
  readonly opening: Buffer | null;
  /** Frame `seq` (from 1 on), of the moment `t` (ms since the epoch), as it goes into the socket. */
  frame(seq: number, t: number): Buffer;
  /** @returns null where it means nothing to a load */
  hear(opcode: Opcode, payload: Buffer): Heard | null;
}

/** How a load speaks to a server. */
export interface Dialect {
  /** Of the upgrade request; null: bytes go into the TLS socket as they are. */
  readonly upgrade: { readonly path: string; readonly subprotocol: string | null } | null;
  readonly begin: (peer: Peer) => Conversation;
}
