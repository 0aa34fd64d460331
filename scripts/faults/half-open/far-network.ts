import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { CodedError } from '../../../src/core/coded-error.ts';

const RELAY = fileURLToPath(new URL('./far-relay.ts', import.meta.url));

function ip(...parameters: readonly string[]): void {
  execFileSync('ip', parameters, { stdio: ['ignore', 'ignore', 'pipe'] });
}

/** Why no network can be made here; null: it can. */
export function networkMissing(): string | null {
  if (spawnSync('ip', ['-V']).status !== 0) return 'ip is not installed: apt-get install iproute2';
  return process.getuid?.() === 0 ? null : 'network namespaces need root';
}

/**
 * A network of this machine's own with a host in it, behind a route that can be made to swallow everything: what the server
 * sends arrives there and no answer comes back, neither data nor a reset, as when a wearable walks out of reach.
 */
export class FarNetwork implements AsyncDisposable {
  readonly #name = `vitalwire-${process.pid}`;
  readonly #link = `vw${process.pid % 10 ** 7}`;
  readonly #prefix = `10.231.${process.pid % 250}`;
  readonly #open = new AsyncDisposableStack();

  /** Where the server is seen from there. */
  get serverAddress(): string {
    return `${this.#prefix}.1`;
  }

  /** @throws Error of `ip` */
  constructor() {
    try {
      ip('netns', 'add', this.#name);
      this.#open.defer(() => ip('netns', 'delete', this.#name));
      ip('link', 'add', this.#link, 'type', 'veth', 'peer', 'name', 'far', 'netns', this.#name);
      // The namespace would take it along, but only some time after it is gone.
      this.#open.defer(() => ip('link', 'delete', this.#link));
      // Two nets on one link: one leads to the server, by the other the harness reaches the relay.
      for (const [near, far] of [
        [1, 2],
        [5, 6],
      ]) {
        ip('address', 'add', `${this.#prefix}.${near}/30`, 'dev', this.#link);
        ip('-n', this.#name, 'address', 'add', `${this.#prefix}.${far}/30`, 'dev', 'far');
      }
      ip('link', 'set', this.#link, 'up');
      ip('-n', this.#name, 'link', 'set', 'far', 'up');
    } catch (error) {
      ip('netns', 'delete', this.#name);
      throw error;
    }
  }

  /** Starts a relay there to the server's port. Resolves with the address that the harness connects to. */
  async relayTo(port: number): Promise<string> {
    const at = `${this.#prefix}.6`;
    const relay = spawn(
      'ip',
      ['netns', 'exec', this.#name, process.execPath, RELAY, at, this.serverAddress, String(port)],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    this.#open.defer(async () => {
      // Of what a signal has ended, as a Ctrl-C in the terminal, no exit code is known.
      if (relay.exitCode !== null || relay.signalCode !== null) return;
      const gone = once(relay, 'exit');
      relay.kill('SIGKILL');
      await gone;
    });
    const [line] = await Promise.race([once(relay.stdout, 'data'), once(relay, 'exit')]);
    if (!(line instanceof Buffer)) throw new CodedError('relay_not_started', 'the relay ended at once');
    return `${at}:${Number(line.toString())}`;
  }

  /** From now on nothing that is sent there reaches the server. */
  swallow(): void {
    ip('-n', this.#name, 'route', 'add', 'blackhole', `${this.serverAddress}/32`);
  }

  carry(): void {
    ip('-n', this.#name, 'route', 'delete', 'blackhole', `${this.serverAddress}/32`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#open.disposeAsync();
  }
}
