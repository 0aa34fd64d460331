import Type from 'typebox';
import { ProblemDetails } from './problem-details.ts';

/** `GET /.well-known/est/cacerts` (RFC 7030 section 4.1). */
export const cacertsSchema = {
  summary: 'The authorities whose device certificates are taken (EST, RFC 7030 4.1)',
  tags: ['identity'],
  security: [{ mtls: [] }],
  response: {
    200: {
      description: 'Certs-only CMS, base64: the root, the present device authority, former ones.',
      content: { 'application/pkcs7-mime': { schema: Type.String() } },
    },
  },
};

/** `POST /.well-known/est/simplereenroll` (RFC 7030 section 4.2.2). */
export const simpleReenrollSchema = {
  summary: 'The next certificate of the device (EST, RFC 7030 4.2.2)',
  tags: ['identity'],
  security: [{ mtls: [] }],
  consumes: ['application/pkcs10'],
  body: Type.String({ description: 'PKCS#10 request, base64 of DER or PEM; made by the new key.' }),
  response: {
    200: {
      description: 'Certs-only CMS, base64, with the certificate that was issued.',
      content: { 'application/pkcs7-mime': { schema: Type.String() } },
    },
    400: ProblemDetails,
    401: ProblemDetails,
    403: ProblemDetails,
    413: ProblemDetails,
    415: ProblemDetails,
    429: ProblemDetails,
    503: ProblemDetails,
  },
};
