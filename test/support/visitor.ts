import { readFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { join } from 'node:path';
import { ask } from './raw-device.ts';
import type { RestAnswer } from './rest.ts';
import type { RunningServer } from './running-server.ts';

/** A browser as far as its cookies go: what the server sets is sent back, what it takes away is not. */
export class Visitor {
  readonly cookies = new Map<string, string>();
  readonly #server: Pick<RunningServer, 'clinicianUrl' | 'directory'>;
  readonly #agent: Agent;

  constructor(server: Pick<RunningServer, 'clinicianUrl' | 'directory'>) {
    this.#server = server;
    const ca = readFileSync(join(server.directory, 'certs', 'root-ca.crt'));
    this.#agent = new Agent({ keepAlive: true, ca });
  }

  /** The value of a `Cookie` header. */
  get cookie(): string {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  /** Asks for a path of the server, or for a URL that leads to it. Redirects are not followed. */
  async visit(path: string, { method = 'GET', headers = {} } = {}): Promise<RestAnswer> {
    const { pathname, search } = new URL(path, this.#server.clinicianUrl);
    const cookie = this.cookies.size === 0 ? {} : { cookie: this.cookie };
    const answer = await ask(`${this.#server.clinicianUrl}${pathname}${search}`, {
      method,
      agent: this.#agent,
      // Whatever `Host` says.
      servername: 'localhost',
      headers: { ...cookie, ...headers },
    });
    for (const line of [answer.headers['set-cookie'] ?? []].flat()) this.#keep(line);
    return answer;
  }

  #keep(line: string): void {
    const [pair = '', ...flags] = line.split('; ');
    const [name = '', value = ''] = pair.split('=');
    const gone = flags.some(
      (flag) => flag === 'Max-Age=0' || flag === 'Expires=Thu, 01 Jan 1970 00:00:00 GMT',
    );
    if (gone) this.cookies.delete(name);
    else this.cookies.set(name, value);
  }
}
