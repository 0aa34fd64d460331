import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import Type from 'typebox';
import { CodedError } from '../core/coded-error.ts';
import type { DoorAudit } from '../observe/audit-doors.ts';
import type { Log } from '../observe/log.ts';
import { ERROR_CODES, type ErrorCode } from '../protocol/error-codes.ts';
import type { RefusalLog } from './refusal-log.ts';

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

/** What a refused caller is told of how to authenticate (RFC 6750 section 3), by code; undefined: nothing. */
function challengeOf(code: ErrorCode): string | undefined {
  if (code === 'token_missing') return 'Bearer realm="vitalwire"';
  switch (ERROR_CODES[code].status) {
    case 401:
      return 'Bearer realm="vitalwire", error="invalid_token"';
    case 403:
      return 'Bearer realm="vitalwire", error="insufficient_scope"';
    default:
      return undefined;
  }
}

function problemBody(code: ErrorCode, detail: string, extra: Readonly<Record<string, unknown>> = {}): string {
  const { status, cure } = ERROR_CODES[code];
  const title = STATUS_CODES[status] ?? 'Error';
  return JSON.stringify({ type: `urn:vitalwire:error:${code}`, title, status, detail, code, cure, ...extra });
}

/** Answers with problem details; 401 and 403 say how to authenticate, 426 to what to upgrade. */
export function sendProblem(
  reply: FastifyReply,
  code: ErrorCode,
  detail: string,
  extra?: Readonly<Record<string, unknown>>,
): FastifyReply {
  const { status } = ERROR_CODES[code];
  const challenge = challengeOf(code);
  if (challenge !== undefined) reply.header('www-authenticate', challenge);
  // RFC 9110 section 15.5.22: a 426 must name the protocol.
  if (status === 426) reply.header('upgrade', 'websocket').header('connection', 'upgrade');
  return reply
    .code(status)
    .type('application/problem+json')
    .header('cache-control', 'no-store')
    .send(problemBody(code, detail, extra));
}

/** Turns away a device that asks too often. The connection ends too: many of them would hold as much as many requests. */
export function sendHeldOff(reply: FastifyReply, seconds: number): FastifyReply {
  reply.header('retry-after', seconds).header('connection', 'close');
  return sendProblem(reply, 'rate_exceeded', `the device asks too often: wait ${seconds} s`);
}

/** Where refusals are told of. */
export interface RefusalRecords {
  readonly log: Log;
  readonly audit: DoorAudit;
  readonly denials: RefusalLog;
}

/** Logs why a caller is turned away, and counts it for the audit trail. */
export function recordRefusal(
  { denials, audit }: RefusalRecords,
  request: FastifyRequest,
  { code, reason }: { readonly code: ErrorCode; readonly reason?: string },
): void {
  const { url: route } = request.routeOptions;
  denials.refused(code, { code, route, remote: request.ip, ...(reason === undefined ? {} : { reason }) });
  audit.denied(request, { code, where: route ?? 'unknown route', address: request.ip });
}

/** As `recordRefusal`, and answers. */
export function sendRefusal(
  records: RefusalRecords,
  request: FastifyRequest,
  reply: FastifyReply,
  error: { readonly code: ErrorCode; readonly message: string },
  extra?: Readonly<Record<string, unknown>>,
): FastifyReply {
  recordRefusal(records, request, { code: error.code });
  return sendProblem(reply, error.code, error.message, extra);
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

/** What a failed request is answered with, by what was thrown; null: the server's own fault, `internal_error`. */
export function errorCodeOf(error: Error & { code?: unknown }): ErrorCode | null {
  if (isErrorCode(error.code)) return error.code;
  return (typeof error.code === 'string' ? FASTIFY_CODES[error.code] : undefined) ?? null;
}

/** Whether an error turns its caller away for who they are: those are logged and put on record for every route. */
export function isDenial(code: ErrorCode): boolean {
  return challengeOf(code) !== undefined;
}

const FIELD_NAME = /^[a-z][a-z0-9_]{0,31}$/;

interface ValidationFault {
  readonly params?: { readonly allowedValues?: readonly unknown[]; readonly additionalProperty?: string };
}

/** What Fastify says is wrong with a request, with the allowed values, or the field that nobody knows, where there are any. */
function detailOf(error: Error & { validation?: readonly ValidationFault[] }): string {
  const { allowedValues: allowed, additionalProperty: unknown } = error.validation?.[0]?.params ?? {};
  // Only what looks like the name of a field: anything else may be a secret in the wrong place.
  if (unknown !== undefined && FIELD_NAME.test(unknown)) return `${error.message}: ${unknown} is unknown`;
  return allowed ? `${error.message}: ${allowed.join(', ')}` : error.message;
}

/** Makes every error of a listener problem details: coded ones as they are, unexpected ones without a word of their inside. */
export function answerWithProblems(app: FastifyInstance, records: RefusalRecords): void {
  app.setErrorHandler((error: Error & { code?: unknown }, request, reply) => {
    const code = errorCodeOf(error);
    if (code !== null) {
      const message = isErrorCode(error.code) ? error.message : detailOf(error);
      return isDenial(code)
        ? sendRefusal(records, request, reply, { code, message })
        : sendProblem(reply, code, message);
    }
    const { url: route } = request.routeOptions;
    records.log.error({ event: 'request_failed', err: error, route }, 'request failed');
    return sendProblem(reply, 'internal_error', 'the server failed to answer');
  });
  app.setNotFoundHandler((request, reply) =>
    sendProblem(reply, 'not_found', `there is no ${request.method} ${request.url.split('?')[0]}`),
  );
}

/** Answers what Fastify refuses before it looks for a route: a path that can't be decoded, an id without end. */
export function answerBadPath(error: Error, _request: FastifyRequest, reply: FastifyReply): void {
  sendProblem(reply, 'invalid_request', error.message);
}

/** Answers what is not HTTP, or too long for it, and ends the connection. */
export function answerBadRequest(error: Error & { code?: string }, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const end = (...lines: readonly string[]): void =>
    void socket.end(lines.join('\r\n'), () => socket.destroy());
  // Browsers open connections ahead: on one that ended so they ask again (RFC 9110 15.5.9), where a 400 would be the answer
  // to whatever they had just sent.
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return end('HTTP/1.1 408 Request Timeout', 'content-length: 0', 'connection: close', '', '');
  const body = problemBody('invalid_request', `the request could not be read: ${error.code ?? 'malformed'}`);
  end(
    'HTTP/1.1 400 Bad Request',
    'content-type: application/problem+json',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
    '',
    body,
  );
}
