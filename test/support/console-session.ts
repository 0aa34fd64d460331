import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../../src/core/clock.ts';
import { issueInvitation } from '../../src/identity/console-sessions.ts';
import { clinicianId } from '../../src/model/ids.ts';
import { ask, type RawSocket, upgrade } from './raw-device.ts';
import type { RestAnswer } from './rest.ts';
import type { RunningServer } from './running-server.ts';

export interface Asked {
  readonly method?: string;
  readonly body?: unknown;
  /** Null: none is sent. Default: the server's own. */
  readonly origin?: string | null;
  readonly cookie?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What a browser with the console's page does, as raw requests. */
export class ConsoleSide {
  readonly #server: RunningServer;
  readonly #ca: Buffer;

  constructor(server: RunningServer) {
    this.#server = server;
    this.#ca = readFileSync(join(server.directory, 'certs', 'root-ca.crt'));
  }

  /** The code of a link, as an admin's script in another process would print it. */
  async invite(clinician: string, { ttlMs = 60_000, clock = systemClock() } = {}): Promise<string> {
    const { registry } = this.#server;
    const { code } = await issueInvitation({ registry, clock }, { clinician: clinicianId(clinician), ttlMs });
    return code;
  }

  ask(
    path: string,
    { method = 'GET', body, origin, cookie = null, headers }: Asked = {},
  ): Promise<RestAnswer> {
    const sent = body === undefined ? undefined : JSON.stringify(body);
    const content =
      sent === undefined
        ? {}
        : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(sent) };
    const options = {
      ...{ ca: this.#ca, method },
      headers: { ...content, ...this.#asBrowser(origin, cookie), ...headers },
    };
    return ask(`${this.#server.clinicianUrl}${path}`, options, sent);
  }

  redeem(invitation: string, asked: Asked = {}): Promise<RestAnswer> {
    return this.ask('/v1/session', { method: 'POST', body: { invitation }, ...asked });
  }

  /** Signs in as somebody who is registered. @returns the cookie and the id of the session */
  async signIn(clinician: string): Promise<{ readonly cookie: string; readonly id: string }> {
    const answer = await this.redeem(await this.invite(clinician));
    if (answer.status !== 201) throw new Error(`not signed in: ${answer.status} ${answer.text}`);
    const [cookie = ''] = String(answer.headers['set-cookie']).split(';');
    return { cookie, id: String(answer.body.id) };
  }

  /** Asks for the feed: the open socket, or the answer that refused it before any 101. */
  upgrade({ origin, cookie = null, headers }: Asked): Promise<RawSocket | RestAnswer> {
    return upgrade(
      this.#server.clinicianUrl,
      { ca: this.#ca },
      {
        authorization: null,
        path: '/v1/feed',
        protocols: ['vitalwire.feed.v1.json'],
        headers: { ...this.#asBrowser(origin, cookie), ...headers },
      },
    );
  }

  /** An open feed with its first snapshot; throws when it is refused. */
  async feed(cookie: string): Promise<RawSocket> {
    const open = await this.upgrade({ cookie });
    if ('status' in open) throw new Error(`refused: ${open.status} ${open.text}`);
    open.send({ type: 'subscribe', id: 'all' });
    await open.frame('snapshot');
    return open;
  }

  #asBrowser(origin: string | null | undefined, cookie: string | null): Record<string, string> {
    const from = origin === undefined ? this.#server.clinicianUrl : origin;
    return { ...(from === null ? {} : { origin: from }), ...(cookie === null ? {} : { cookie }) };
  }
}
