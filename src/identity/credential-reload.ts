import type { Clock, EpochMs } from '../core/clock.ts';
import { codeOf } from '../core/coded-error.ts';
import type { AuditAct } from '../observe/audit-entry.ts';
import type { Log } from '../observe/log.ts';
import type { Metrics } from '../observe/metrics.ts';
import type { Registry } from '../registry/registry.ts';
import { loadServerCredentials } from './certificate-directory.ts';
import type { CredentialRules } from './credential-checks.ts';
import {
  type DeviceTrust,
  deviceTrustSource,
  loadTokenKeysInUse,
  loadTrust,
  type ServerCredentials,
  serverCredentialSource,
  tokenKeySourceOf,
} from './credential-sources.ts';
import { CredentialWatch, type Expiry, type WatchOutcome } from './credential-watch.ts';
import { ExpiryWarning } from './expiry-warning.ts';
import { PublishedLists } from './published-lists.ts';
import { TokenKeySource } from './token-key-source.ts';

/** How often the files are looked at. Milliseconds. */
const LOOK_EVERY_MS = 1_000;

export interface CredentialReloadOptions extends CredentialRules {
  /** Where the highest number of each revocation list is kept. */
  readonly listNumbers: string;
  readonly registry: Registry;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Told of what was taken and what was refused, for the audit trail. */
  readonly onAct?: (act: AuditAct) => void;
}

/** What the watch has in common for every kind of credential. */
type AnyWatch = Pick<CredentialWatch<never>, 'name' | 'refusal' | 'expiries' | 'look'>;

/**
 * The keys and certificates that a server uses, kept up with their files while it runs. A changed file that is good is
 * taken within a second or two; a bad one never replaces a good one, and is told in the log, in /readyz and in metrics.
 */
export class CredentialReload implements Disposable {
  readonly keys: TokenKeySource;
  readonly lists: PublishedLists;
  readonly #options: CredentialReloadOptions;
  readonly #watches: readonly AnyWatch[];
  readonly #expiryWarning: ExpiryWarning;
  readonly #refused: { set(labels: { name: string }, value: number): void };
  #server: ServerCredentials;
  #trust: DeviceTrust;
  #onTls: () => void = () => undefined;
  #onKeyWithdrawn: () => void = () => undefined;
  #all: readonly AnyWatch[];
  /** Why the directory of the lists cannot be read. */
  #listsFault: string | null = null;
  #timer: { cancel(): void } | null = null;
  #looking: Promise<void> | null = null;

  private constructor(
    options: CredentialReloadOptions,
    read: {
      server: ServerCredentials;
      trust: DeviceTrust;
      keys: Awaited<ReturnType<typeof loadTokenKeysInUse>>;
    },
  ) {
    const { directory, registry, metrics } = options;
    this.#options = options;
    this.#server = read.server;
    this.#trust = read.trust;
    this.keys = new TokenKeySource(read.keys.schedule);
    this.lists = new PublishedLists(directory, options.listNumbers);
    const server = serverCredentialSource(options, (value) => {
      this.#server = value;
      this.#onTls();
    });
    const trust = deviceTrustSource(options, registry, (value) => {
      this.#trust = value;
      this.#onTls();
    });
    const keys = tokenKeySourceOf(options, ({ schedule }) => {
      if (this.keys.replace(schedule, options.clock.now())) this.#onKeyWithdrawn();
    });
    this.#watches = [
      new CredentialWatch(server, read.server),
      new CredentialWatch(trust, read.trust),
      new CredentialWatch(keys, read.keys),
    ];
    this.#all = this.#watches;
    this.#expiryWarning = new ExpiryWarning(options);
    this.#refused = metrics.gauge(
      'vitalwire_credentials_refused',
      '1 while the files of a credential are not fit to be taken and the former one stays in use.',
      ['name'],
    );
  }

  /**
   * Reads what a server needs to start, and goes on looking.
   * @throws CodedError `credential_missing`, `credential_unreadable`, `credential_invalid`
   */
  static async open(options: CredentialReloadOptions): Promise<CredentialReload> {
    const { directory, clock } = options;
    const reload = new CredentialReload(options, {
      server: await loadServerCredentials(directory),
      trust: await loadTrust(directory),
      keys: await loadTokenKeysInUse(directory),
    });
    await reload.look();
    reload.#timer = clock.every(LOOK_EVERY_MS, () => void reload.look());
    return reload;
  }

  /** For the `key` and `cert` options of TLS. */
  get server(): ServerCredentials {
    return this.#server;
  }

  /** For the `ca` option of TLS towards devices. */
  get deviceTrust(): string {
    return this.#trust.pem;
  }

  /** Called when the server's pair or the device trust was replaced. */
  onTls(listener: () => void): void {
    this.#onTls = listener;
  }

  /** Called when a token key ended before its time, because it is compromised. */
  onKeyWithdrawn(listener: () => void): void {
    this.#onKeyWithdrawn = listener;
  }

  /** Looks at all files now; never rejects. A look under way is enough. */
  look(): Promise<void> {
    this.#looking ??= this.#lookAtAll().finally(() => {
      this.#looking = null;
    });
    return this.#looking;
  }

  /** For /readyz: names and codes, no paths. */
  health(): { readonly state: 'ok' | 'degraded'; readonly detail: string } {
    const now = this.#options.clock.now();
    const faults = [
      ...(this.#listsFault ? [`crl refused: ${this.#listsFault}`] : []),
      ...this.#all.flatMap(({ name, refusal }) => (refusal ? [`${name} refused: ${refusal.code}`] : [])),
      ...this.#expiryWarning.due(this.#expiries(), now).map(({ name, at }) => `${name} ends ${iso(at)}`),
    ];
    if (faults.length > 0) return { state: 'degraded', detail: faults.join(', ') };
    const [next] = [...this.#expiries()].sort((a, b) => a.at - b.at);
    return { state: 'ok', detail: next ? `next to end: ${next.name}, ${iso(next.at)}` : 'none' };
  }

  [Symbol.dispose](): void {
    this.#timer?.cancel();
    this.#onTls = () => undefined;
    this.#onKeyWithdrawn = () => undefined;
  }

  #expiries(): readonly Expiry[] {
    return this.#all.flatMap(({ expiries }) => expiries);
  }

  async #lookAtAll(): Promise<void> {
    const { clock, log } = this.#options;
    try {
      this.#all = [...this.#watches, ...(await this.lists.watches())];
      this.#listsFault = null;
    } catch (error) {
      const code = codeOf(error);
      if (code !== this.#listsFault)
        log.error(
          { event: 'credentials_refused', name: 'crl', code, reason: 'crl/ cannot be read' },
          'no lists',
        );
      this.#listsFault = code;
    }
    for (const watch of this.#all) {
      this.#tell(watch, await watch.look(clock.now()));
      this.#refused.set({ name: watch.name }, watch.refusal ? 1 : 0);
    }
    this.#expiryWarning.look(this.#expiries(), clock.now());
  }

  #tell({ name }: AnyWatch, outcome: WatchOutcome): void {
    const { log, onAct } = this.#options;
    switch (outcome.kind) {
      case 'unchanged':
        return;
      case 'reloaded':
        log.info({ event: 'credentials_reloaded', name }, `${name} is in use`);
        onAct?.({ action: 'credentials_reloaded', subject: name });
        return;
      case 'refused': {
        const { code, message } = outcome.refusal;
        log.error({ event: 'credentials_refused', name, code, reason: message }, `${name} was not taken`);
        onAct?.({ action: 'credentials_refused', subject: name, details: { code } });
      }
    }
  }
}

function iso(at: EpochMs): string {
  return new Date(at).toISOString();
}
