import { STATUS_CODES } from 'node:http';
import type { FastifyInstance, FastifyReply } from 'fastify';
import Type from 'typebox';
import { CodedError } from '../core/coded-error.ts';
import type { Log } from '../observe/log.ts';
import { ERROR_CODES, type ErrorCode } from '../protocol/error-codes.ts';

/** RFC 9457 problem details, with a stable `code`. */
export const ProblemDetails = Type.Object(
  {
    type: Type.String({ description: 'A URI that names the problem: `urn:vitalwire:error:<code>`.' }),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String({ description: 'What happened this time.' }),
    code: Type.Enum(Object.keys(ERROR_CODES) as ErrorCode[]),
    cure: Type.String({ description: 'What the caller can do.' }),
  },
  { title: 'ProblemDetails', description: 'RFC 9457 problem details.' },
);

/** A request that can't be served: thrown by routes, answered as problem details. */
export class ProblemError extends CodedError<ErrorCode> {
  override readonly name = 'ProblemError';
}

function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(ERROR_CODES, code);
}

/** Answers with problem details; 401 says how to authenticate (RFC 6750 section 3). */
export function sendProblem(
  reply: FastifyReply,
  code: ErrorCode,
  detail: string,
  extra: Readonly<Record<string, unknown>> = {},
): FastifyReply {
  const { status, cure } = ERROR_CODES[code];
  if (status === 401)
    reply.header('www-authenticate', code === 'token_missing' ? 'Bearer' : 'Bearer error="invalid_token"');
  return reply
    .code(status)
    .type('application/problem+json')
    .header('cache-control', 'no-store')
    .send(
      JSON.stringify({
        type: `urn:vitalwire:error:${code}`,
        title: STATUS_CODES[status] ?? 'Error',
        status,
        detail,
        code,
        cure,
        ...extra,
      }),
    );
}

/** Codes of Fastify's own errors that are the caller's doing. */
const FASTIFY_CODES: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'payload_too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'invalid_request',
  FST_ERR_CTP_INVALID_JSON_BODY: 'invalid_request',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'invalid_request',
  FST_ERR_BAD_URL: 'invalid_request',
  FST_ERR_VALIDATION: 'invalid_request',
};

interface ValidationFault {
  readonly params?: { readonly allowedValues?: readonly unknown[] };
}

/** What Fastify says is wrong with a request, with the allowed values where there are any. */
function detailOf(error: Error & { validation?: readonly ValidationFault[] }): string {
  const allowed = error.validation?.[0]?.params?.allowedValues;
  return allowed ? `${error.message}: ${allowed.join(', ')}` : error.message;
}

/** Makes every error of a listener problem details: coded ones as they are, unexpected ones without a word of their inside. */
export function answerWithProblems(app: FastifyInstance, log: Log): void {
  app.setErrorHandler((error: Error & { code?: unknown }, request, reply) => {
    if (isErrorCode(error.code)) {
      const { status } = ERROR_CODES[error.code];
      if (status === 401 || status === 403)
        log.warn(
          { event: 'denied', code: error.code, route: request.routeOptions.url, remote: request.ip },
          'request denied',
        );
      return sendProblem(reply, error.code, error.message);
    }
    const known = typeof error.code === 'string' ? FASTIFY_CODES[error.code] : undefined;
    if (known) return sendProblem(reply, known, detailOf(error));
    log.error({ event: 'request_failed', err: error, route: request.routeOptions.url }, 'request failed');
    return sendProblem(reply, 'internal_error', 'the server failed to answer');
  });
  app.setNotFoundHandler((request, reply) =>
    sendProblem(reply, 'not_found', `there is no ${request.method} ${request.url.split('?')[0]}`),
  );
}
