interface LogLine {
  readonly level?: number | string;
  readonly event?: string;
  readonly reason?: string;
  readonly code?: string;
  readonly remote?: string;
  /** A line that stands for as many refusals, when there are too many for a line each. */
  readonly more?: number;
}

const ERROR_LEVEL = 50;
const KEPT_ERRORS = 20;

/**
 * What the server's log says of refusals, by the address they came from, and of failures of its own. Past a bound the
 * log only counts refusals, so that the reasons of a class are some of them, not all.
 */
export class ServerLog {
  readonly #reasons = new Map<string, Map<string, number>>();
  /** Lines of level error and above: there is no reason for one. */
  errors = 0;
  readonly firstErrors: string[] = [];
  /** Refused handshakes and requests, those included that the log counts only. */
  refusals = 0;
  lastLine = '';

  take(line: string): void {
    this.lastLine = line;
    const parsed = parse(line);
    if (parsed === null) return this.#error(line);
    const { level, event, remote, reason, code, more } = parsed;
    if (Number(level) >= ERROR_LEVEL || level === 'error' || level === 'fatal') this.#error(line);
    if (event !== 'tls_refused' && event !== 'denied') return;
    this.refusals += more ?? 1;
    if (more !== undefined) return;
    const network = networkOf(remote ?? '');
    const counts = this.#reasons.get(network) ?? new Map<string, number>();
    this.#reasons.set(network, counts);
    const why = code ?? phraseOf(reason ?? 'unsaid');
    counts.set(why, (counts.get(why) ?? 0) + 1);
  }

  /** Why peers of 127.`network`.x were refused, most frequent first. */
  reasonsOf(network: string): Readonly<Record<string, number>> {
    const counts = [...(this.#reasons.get(network) ?? [])].sort(([, a], [, b]) => b - a);
    return Object.fromEntries(counts);
  }

  #error(line: string): void {
    this.errors += 1;
    if (this.firstErrors.length < KEPT_ERRORS) this.firstErrors.push(line);
  }
}

/** Of an error in OpenSSL's own form the phrase alone: the rest names a thread and a line of source. */
function phraseOf(reason: string): string {
  return /:error:[0-9A-F]+:[^:]*:[^:]*:([^:]+):/.exec(reason)?.[1] ?? reason;
}

/** A line that is no JSON comes from the runtime itself: a warning, or the trace of a crash. */
function parse(line: string): LogLine | null {
  try {
    return JSON.parse(line) as LogLine;
  } catch {
    return null;
  }
}

/** The two middle parts of a loopback address: they say which part of the attack it was. */
function networkOf(remote: string): string {
  return /^(?:::ffff:)?127\.(\d+\.\d+)\.\d+$/.exec(remote)?.[1] ?? '';
}

/** A loopback address of a network of the log's, another one for each attempt. */
export function addressIn(network: string, attempt: number): string {
  return `127.${network}.${1 + (attempt % 250)}`;
}
