import type { TLSSocket } from 'node:tls';
import type { WebSocket } from 'ws';
import { areWholeMessages, type OnMessage, takeMessages } from './whole-messages.ts';

/** Longer messages come in several reads anyway. */
const MAX_DIRECT_BYTES = 0xffff;
/** `ws`: between two frames. */
const GET_INFO = 0;

/** Where a receiver of `ws` stands in the stream of frames. */
interface Receiver {
  readonly _state: number;
  readonly _bufferedBytes: number;
  readonly _fragmented: number;
}

/**
 * Takes the messages of a WebSocket, and those that came whole in one read, as nearly all of a wearable's do, as they come
 * off the connection: past Node's stream and that of `ws`, their views, turns and events, which are a third of what a frame
 * costs a bare `ws` server (`npm run bench -- --only cost`). Everything else goes the usual way: control frames, fragments,
 * messages in pieces, what breaks RFC 6455, and what comes while the socket is paused. Asks a receiver of `ws` where it
 * stands; one that does not say so has all of it the usual way.
 * @param maxBytes of a message, as `ws` was told
 * @returns whether reads are taken directly
 */
export function takeMessagesDirectly(
  socket: WebSocket,
  stream: TLSSocket,
  maxBytes: number,
  onMessage: OnMessage,
): boolean {
  socket.on('message', onMessage);
  const receiver = (socket as unknown as { readonly _receiver?: Partial<Receiver> })._receiver;
  if (!isReceiver(receiver)) return false;
  const usual = stream.push;
  const most = Math.min(maxBytes, MAX_DIRECT_BYTES);
  let taking = false;
  /** What a message made the server read on: it comes after the rest of the read that the message was in. */
  let later: [chunk: unknown, encoding: BufferEncoding | undefined][] = [];
  const isDirect = (chunk: unknown): chunk is Buffer =>
    Buffer.isBuffer(chunk) &&
    stream.readableFlowing === true &&
    stream.readableLength === 0 &&
    socket.readyState === socket.OPEN &&
    receiver._state === GET_INFO &&
    receiver._bufferedBytes === 0 &&
    receiver._fragmented === 0 &&
    areWholeMessages(chunk, most);
  // Node gives each read to its stream here.
  stream.push = (chunk: unknown, encoding?: BufferEncoding): boolean => {
    if (taking) {
      later.push([chunk, encoding]);
      return true;
    }
    if (!isDirect(chunk)) return usual.call(stream, chunk, encoding);
    taking = true;
    let end: number;
    try {
      end = takeMessages(chunk, onMessage);
    } finally {
      taking = false;
    }
    let goesOn = end === chunk.length || usual.call(stream, chunk.subarray(end));
    const waiting = later;
    later = [];
    for (const [next, nextEncoding] of waiting) goesOn = stream.push(next, nextEncoding);
    return goesOn;
  };
  return true;
}

function isReceiver(receiver: Partial<Receiver> | undefined): receiver is Receiver {
  if (receiver === undefined) return false;
  const { _state, _bufferedBytes, _fragmented } = receiver;
  return [_state, _bufferedBytes, _fragmented].every((value) => typeof value === 'number');
}
