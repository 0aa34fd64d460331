import type { X509Certificate } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '../core/clock.ts';
import { CodedError } from '../core/coded-error.ts';
import type { IdentifiedDevice } from '../identity/device-identity.ts';
import { renewCertificate } from '../identity/renewal.ts';
import type { RenewalIssuer } from '../identity/renewal-issuer.ts';
import type { DeviceId } from '../model/ids.ts';
import type { DoorAudit } from '../observe/audit-doors.ts';
import type { Log } from '../observe/log.ts';
import { authorityKeyOf } from '../pki/certificate.ts';
import { readCertificateRequest } from '../pki/certificate-request.ts';
import { encodeCertsOnly } from '../pki/certs-only.ts';
import type { ErrorCode } from '../protocol/error-codes.ts';
import type { Registry } from '../registry/registry.ts';
import type { DeviceHoldOff } from './device-hold-off.ts';
import { cacertsSchema, simpleReenrollSchema } from './est-schema.ts';
import { ProblemError, sendHeldOff, sendProblem } from './problem-details.ts';

export interface EstOptions {
  readonly registry: Registry;
  readonly renewals: RenewalIssuer;
  /** Life of what is issued. Days. */
  readonly certificateDays: number;
  readonly holdOff: DeviceHoldOff;
  readonly clock: Clock;
  readonly log: Log;
  readonly audit: DoorAudit;
}

/** Where EST lives (RFC 7030 section 3.2.2). */
export const EST_PATH = '/.well-known/est/';

/** A request takes 16 KiB of DER at the most, and base64 a third more. */
const MAX_REQUEST_BYTES = 32 * 1024;
/** RFC 2045 6.8 allows 76; `openssl base64 -d` reads no longer ones. */
const LINE = /.{1,64}/g;

/**
 * Renewal by the device (EST, RFC 7030): what it must trust, and the next certificate for the one that it shows. First
 * certificates come from an admin: there is no simpleenroll.
 * @param identify who makes a request, which may be with an expired certificate where that was allowed
 */
export async function addEstRoutes(
  app: FastifyInstance,
  options: EstOptions,
  identify: (request: FastifyRequest) => IdentifiedDevice,
): Promise<void> {
  const underWay = new Set<DeviceId>();

  // In a scope of its own: what parses these bodies parses no others.
  await app.register(async (est) => {
    est.removeAllContentTypeParsers();
    est.addContentTypeParser(
      'application/pkcs10',
      { parseAs: 'string', bodyLimit: MAX_REQUEST_BYTES },
      (_request, body, done) => done(null, body),
    );

    est.get(`${EST_PATH}cacerts`, { schema: cacertsSchema }, async (_request, reply) =>
      sendCertificates(reply, 'application/pkcs7-mime', await options.renewals.trusted()),
    );

    est.post(
      `${EST_PATH}simplereenroll`,
      { schema: simpleReenrollSchema },
      async (request: FastifyRequest, reply: FastifyReply) => {
        const identified = identify(request);
        const { id } = identified.device;
        const waitS = options.holdOff.waitAt('renewal', id);
        if (waitS > 0) return sendHeldOff(reply, waitS);
        // Its renewals of a day are counted when they are written.
        if (underWay.has(id)) return comeLater(reply, 'rate_exceeded', 1, 'a renewal is under way: wait 1 s');
        underWay.add(id);
        try {
          const issued = await renew(options, identified, request.body as string);
          return sendCertificates(reply, 'application/pkcs7-mime; smime-type=certs-only', [issued]);
        } catch (error) {
          if (!(error instanceof CodedError) || error.code !== 'renewals_exceeded') throw error;
          return comeLater(reply, error.code, Number(error.details.retryAfterS), error.message);
        } finally {
          underWay.delete(id);
        }
      },
    );
  });
}

async function renew(options: EstOptions, identified: IdentifiedDevice, text: string) {
  const { registry, renewals, certificateDays: validityDays, clock, log, audit } = options;
  const { id } = identified.device;
  const issuer = await renewals.current();
  const request = readCertificateRequest(text);
  const issued = await renewCertificate(registry, issuer, {
    identified,
    request,
    validityDays,
    now: clock.now(),
  }).catch((cause: unknown) => {
    if (!(cause instanceof CodedError) || cause.code !== 'issuer_expired') throw cause;
    throw new ProblemError('renewal_unavailable', 'the device authority has expired', { cause });
  });
  const { serialNumber: serial } = issued;
  const until = issued.validToDate.toISOString();
  log.info({ event: 'device_renewed', device: id, serial, until }, 'a device got its next certificate');
  const authority = authorityKeyOf(issuer.authority.certificate);
  const details = { serial, until, authority, with: identified.certificate.serial };
  audit.acted({ action: 'device_renewed', subject: id, details }, { kind: 'device', id });
  return issued;
}

function comeLater(reply: FastifyReply, code: ErrorCode, seconds: number, detail: string): FastifyReply {
  return sendProblem(reply.header('retry-after', seconds), code, detail);
}

/** RFC 7030 4.1.3 and 4.2.3; the header is what older clients look for, RFC 8951 3.1 has the body as base64 without it. */
function sendCertificates(reply: FastifyReply, type: string, certificates: readonly X509Certificate[]) {
  const lines = encodeCertsOnly(certificates).toString('base64').match(LINE) ?? [];
  return reply
    .type(type)
    .header('content-transfer-encoding', 'base64')
    .header('cache-control', 'no-store')
    .send(`${lines.join('\n')}\n`);
}
