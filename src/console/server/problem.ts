import { CodedError } from '../../core/coded-error.ts';

/** Problem details of the server (RFC 9457), as far as the page uses them. */
interface ProblemDetails {
  readonly code?: unknown;
  readonly detail?: unknown;
  readonly cure?: unknown;
}

/** A request that the server refused, or that did not reach it. `code` is of the table of errors, or `unreachable`. */
export class Problem extends CodedError {
  /** 0: there was no answer. */
  readonly status: number;
  /** What to do about it, for people; empty where the server said nothing. */
  readonly cure: string;

  constructor(code: string, message: string, { status = 0, cure = '', cause = undefined as unknown } = {}) {
    super(code, message, { cause });
    this.status = status;
    this.cure = cure;
  }
}

/** What an answer that is no success says. */
export async function problemOf(response: Response): Promise<Problem> {
  const { status, statusText } = response;
  const text = await response.text();
  const { code, detail, cure } = parsed(text);
  return new Problem(
    typeof code === 'string' ? code : `http_${status}`,
    typeof detail === 'string' ? detail : `${status} ${statusText}`,
    { status, cure: typeof cure === 'string' ? cure : '' },
  );
}

/** Something between here and the server may have answered, in words of its own. */
function parsed(text: string): ProblemDetails {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}
