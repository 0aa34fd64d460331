import type { Clock, Scheduled } from '../core/clock.ts';
import { CodedError } from '../core/coded-error.ts';
import type { CertificateAuthority } from '../pki/certificate-authority.ts';
import type { Registry } from '../registry/registry.ts';
import type { KnownAuthority } from './authorities.ts';
import { type ListPublication, openUnlessLocked, publishRevocationLists } from './revocation-lists.ts';

export interface RevocationPublisherOptions {
  /** The certificates directory. */
  readonly directory: string;
  readonly registry: Registry;
  readonly passphrase: string | null;
  readonly clock: Clock;
  /** Told of every list that was made. */
  readonly onPublished: (publication: ListPublication) => void;
  /** Told `revocation_lists_failed`, once until it succeeds again. */
  readonly onError: (error: CodedError) => void;
}

/** Changes within this time make one list. Milliseconds. */
const GATHER_MS = 2_000;
/** How often it is looked whether a list is half over. Milliseconds. */
const RENEWAL_CHECK_MS = 3_600_000;

/**
 * Keeps the published revocation lists in step with the registry while the server runs, for every authority whose key
 * opens to it; keys stay open. The server itself goes by the registry: a list that cannot be made endangers nobody here.
 */
export class RevocationPublisher implements AsyncDisposable {
  readonly #options: RevocationPublisherOptions;
  readonly #open = new Map<string, CertificateAuthority>();
  readonly #watch: Disposable;
  readonly #check: Scheduled;
  #due: Scheduled | null = null;
  #running: Promise<void> = Promise.resolve();
  #failed = false;

  constructor(options: RevocationPublisherOptions) {
    this.#options = options;
    this.#watch = options.registry.watch(({ kind }) => {
      if (kind === 'device' || kind === 'certificate') this.#schedule();
    });
    this.#check = options.clock.every(RENEWAL_CHECK_MS, () => this.#schedule());
    this.#schedule();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#watch[Symbol.dispose]();
    this.#check.cancel();
    this.#due?.cancel();
    await this.#running;
  }

  #schedule(): void {
    this.#due ??= this.#options.clock.after(GATHER_MS, () => {
      this.#due = null;
      this.#running = this.#running.then(() => this.#publish());
    });
  }

  async #publish(): Promise<void> {
    const { directory, registry, clock, onPublished, onError } = this.#options;
    try {
      const publications = await publishRevocationLists({
        directory,
        registry,
        now: clock.now(),
        open: (authority) => this.#opened(authority),
      });
      for (const publication of publications) {
        if (publication.outcome === 'published') onPublished(publication);
      }
      this.#failed = false;
    } catch (cause) {
      if (this.#failed) return;
      this.#failed = true;
      onError(new CodedError('revocation_lists_failed', 'revocation lists could not be made', { cause }));
    }
  }

  /** A key is opened once: that takes a tenth of a second where it is encrypted. */
  async #opened(authority: KnownAuthority): Promise<CertificateAuthority | null> {
    const known = this.#open.get(authority.keyId);
    if (known !== undefined) return known;
    const { directory, passphrase } = this.#options;
    const opened = await openUnlessLocked(authority, directory, passphrase ?? undefined);
    if (opened !== null) this.#open.set(authority.keyId, opened);
    return opened;
  }
}
