import { randomUUID } from 'node:crypto';
import type { SecureContext, SecureVersion } from 'node:tls';
import type { GoodDevice } from '../enrolled.ts';
import { type DoorJudgement, judged } from '../tally.ts';
import { type Channel, loadedInto, type Route, tlsChannel } from '../wire/channel.ts';
import { exchange, getRequest, streamRequest, upgradeRequest } from '../wire/http-exchange.ts';
import { nextWord, sendFrame, untilFrame } from '../wire/websocket-exchange.ts';
import type { ForgedToken } from './forged-token.ts';

/** Connections of one peer, which resume their TLS session as a wearable's do. */
export class Peer {
  readonly #context: SecureContext;
  readonly #version: SecureVersion;
  readonly #route: () => Route;
  #session: Buffer | undefined;

  constructor(
    identity: Pick<GoodDevice, 'chain' | 'key'>,
    ca: string,
    version: SecureVersion,
    route: () => Route,
  ) {
    const context = loadedInto(identity, ca);
    if (context === null) throw new TypeError('a good certificate cannot be loaded');
    this.#context = context;
    this.#version = version;
    this.#route = route;
  }

  /** @param onShaken called once the server has finished the handshake, and with each further ticket that it gives */
  open(onShaken: () => void = () => undefined): Channel {
    return tlsChannel(this.#route(), {
      secureContext: this.#context,
      version: this.#version,
      ...(this.#session === undefined ? {} : { session: this.#session }),
      onSession: (session) => {
        this.#session = session;
        onShaken();
      },
    });
  }
}

/** A header that cannot be read (400), is too long (431), or does not hold. */
const REFUSALS: ReadonlySet<number> = new Set([400, 401, 403, 413, 431]);
/** Complaints that only come when the token was found good. */
const PAST_THE_TOKEN: ReadonlySet<string> = new Set(['subprotocol_required', 'upgrade_required']);

function authorizationOf({ token, headers }: ForgedToken): readonly string[] {
  return headers ?? [`Authorization: Bearer ${token}`];
}

/** Asks one request over a connection of its own. */
async function asked(peer: Peer, door: string, request: string): Promise<DoorJudgement> {
  const channel = peer.open();
  const answer = await exchange(channel, request);
  const { ended } = channel.inbox;
  channel.destroy();
  const judgement = judged(answer, ended, REFUSALS);
  const past = answer !== null && PAST_THE_TOKEN.has(answer.code);
  return { door, ...judgement, ...(past ? { outcome: 'accepted' as const } : {}) };
}

const DEVICE_SUBPROTOCOL = 'vitalwire.v1.json';
const FEED_SUBPROTOCOL = 'vitalwire.feed.v1.json';

/** The upgrade of a device, and of a clinician, and a clinician's request. */
export function atStream(peer: Peer, forged: ForgedToken): Promise<DoorJudgement> {
  const path = `/v1/stream${forged.query ?? ''}`;
  return asked(peer, '/v1/stream', upgradeRequest(path, DEVICE_SUBPROTOCOL, authorizationOf(forged)));
}

export function atFeed(peer: Peer, forged: ForgedToken): Promise<DoorJudgement> {
  const path = `/v1/feed${forged.query ?? ''}`;
  return asked(peer, '/v1/feed', upgradeRequest(path, FEED_SUBPROTOCOL, authorizationOf(forged)));
}

export function atRest(peer: Peer, forged: ForgedToken): Promise<DoorJudgement> {
  const path = `/v1/patients${forged.query ?? ''}`;
  return asked(peer, '/v1/patients', getRequest(path, authorizationOf(forged)));
}

/** Closes that say no to a token: malformed, token, not allowed, too big. */
const CLOSES: ReadonlySet<number> = new Set([1009, 4400, 4401, 4403]);

/** On a stream that a good token opened: `refresh` with another one. */
export async function inBand(peer: Peer, good: string, token: string): Promise<DoorJudgement> {
  const channel = peer.open();
  try {
    return { door: 'refresh', ...(await refreshed(channel, good, token)) };
  } finally {
    channel.destroy();
  }
}

async function refreshed(
  channel: Channel,
  good: string,
  token: string,
): Promise<Omit<DoorJudgement, 'door'>> {
  const upgrade = await exchange(channel, streamRequest(good));
  if (upgrade?.status !== 101) {
    return { outcome: 'not_sent', detail: `no stream: ${upgrade?.status ?? channel.inbox.ended}` };
  }
  sendFrame(channel, { type: 'hello', stream: randomUUID(), time: Date.now() });
  const welcome = await untilFrame(channel, 'welcome');
  if (welcome?.kind !== 'frame') return { outcome: 'not_sent', detail: 'no welcome' };
  sendFrame(channel, { type: 'refresh', token });
  for (;;) {
    const word = await nextWord(channel);
    if (word === null) return { outcome: 'crashed', detail: `no answer: ${channel.inbox.ended}` };
    if (word.kind === 'close') {
      const detail = `closed ${word.code}`;
      if (word.code === 4429) return { outcome: 'not_sent', detail };
      return { outcome: CLOSES.has(word.code) ? 'refused' : 'crashed', detail };
    }
    if (word.frame.type === 'refreshed') return { outcome: 'accepted', detail: 'refreshed' };
  }
}
