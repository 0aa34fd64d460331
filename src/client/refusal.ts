import type { IncomingMessage } from 'node:http';
import { CodedError } from '../core/coded-error.ts';
import type { Reconnect } from '../protocol/close-codes.ts';

/** An error body is a few hundred bytes; more is not read. */
const MAX_BODY_BYTES = 64 * 1024;

/** Reads a small body. @throws CodedError `answer_too_large` */
export async function readBody(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) {
      response.destroy();
      throw new CodedError(
        'answer_too_large',
        `the server's answer is larger than ${MAX_BODY_BYTES} bytes: check the URL`,
      );
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function textField(body: string, ...names: readonly string[]): string | null {
  try {
    const value: unknown = JSON.parse(body);
    if (typeof value !== 'object' || value === null) return null;
    const fields = value as Readonly<Record<string, unknown>>;
    for (const name of names) if (typeof fields[name] === 'string') return fields[name];
  } catch {
    // Not JSON: a proxy's page. The status says what there is to say.
  }
  return null;
}

/** A server that asks for longer is not obeyed: it would be the peer that is missed. */
const LONGEST_RETRY_AFTER_S = 3_600;

/** An HTTP status above 299 where a token or a socket was asked for. The code is the server's where it gave one. */
export class Refusal extends CodedError {
  override readonly name = 'Refusal';
  readonly status: number;
  /** What the server asked to wait, in milliseconds; 0 when it did not say. */
  readonly retryAfterMs: number;

  constructor(what: string, response: IncomingMessage, body: string) {
    const status = response.statusCode ?? 0;
    const code = textField(body, 'code', 'error') ?? 'refused';
    const detail = textField(body, 'detail', 'error_description', 'title', 'message');
    super(code, `${what} was refused: ${status} ${code}${detail === null ? '' : `, ${detail}`}`, {
      details: { status },
    });
    this.status = status;
    const seconds = Number(response.headers['retry-after'] ?? 0);
    this.retryAfterMs = seconds > 0 ? Math.min(seconds, LONGEST_RETRY_AFTER_S) * 1000 : 0;
  }
}

/**
 * What a refused peer should do. 403 and a revoked certificate are final. An unknown or expired certificate needs a
 * person, and nobody may be near the wearable when it is mended: it comes back, slowly.
 */
export function reconnectAfterRefusal(refusal: Refusal): Reconnect {
  if (refusal.status === 403 || refusal.code === 'certificate_revoked') return 'no';
  if (refusal.status === 401 && refusal.code.startsWith('token_')) return 'with_jitter';
  return 'later';
}
