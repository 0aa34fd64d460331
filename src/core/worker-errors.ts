import { CodedError } from './coded-error.ts';

/** An error as it crosses between threads: structured clone would drop its code and its class. */
export interface WireError {
  readonly name: string;
  readonly message: string;
  readonly code: string | null;
  readonly details: Readonly<Record<string, unknown>>;
  readonly stack: string | null;
  readonly cause: WireError | null;
}

/** Causes deeper than this are dropped, so that an error that causes itself still crosses. */
const MAX_CAUSES = 8;

type Scalar = string | number | boolean | null;

function scalars(source: object): Record<string, Scalar> {
  const kept: Record<string, Scalar> = {};
  for (const [key, value] of Object.entries(source)) {
    if (value === null || ['string', 'number', 'boolean'].includes(typeof value)) kept[key] = value as Scalar;
  }
  return kept;
}

/** The wire form of any thrown value: name, message, code, causes, and those details that are scalars. */
export function toWireError(thrown: unknown, depth = 0): WireError {
  if (!(thrown instanceof Error)) {
    return { name: 'Error', message: String(thrown), code: null, details: {}, stack: null, cause: null };
  }
  const { code: _code, details: own, ...others } = thrown as Error & { code?: unknown; details?: unknown };
  return {
    name: thrown.name,
    message: thrown.message,
    code: 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : null,
    details: scalars(thrown instanceof CodedError ? (own as object) : others),
    stack: thrown.stack ?? null,
    cause: thrown.cause === undefined || depth >= MAX_CAUSES ? null : toWireError(thrown.cause, depth + 1),
  };
}

/** The error again: a `CodedError` when it had a code (SQLite's `errcode` and the like are in `details`). */
export function fromWireError(wire: WireError): Error {
  const options = wire.cause === null ? {} : { cause: fromWireError(wire.cause) };
  const error =
    wire.code === null
      ? new Error(wire.message, options)
      : new CodedError(wire.code, wire.message, { ...options, details: { ...wire.details } });
  if (wire.stack !== null) error.stack = wire.stack;
  return error;
}
