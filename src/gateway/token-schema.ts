import Type from 'typebox';
import { ProblemDetails } from './problem-details.ts';

/** `POST /v1/token`: OAuth 2.0 client credentials, the client certificate being the credential (RFC 8705). */
export const deviceTokenSchema = {
  summary: 'A token bound to the client certificate',
  tags: ['identity'],
  security: [{ mtls: [] }],
  consumes: ['application/x-www-form-urlencoded'],
  body: Type.Object({
    grant_type: Type.Optional(Type.String({ maxLength: 64, description: '`client_credentials`' })),
  }),
  response: {
    200: Type.Object({
      access_token: Type.String({ description: 'JWT of type at+jwt (RFC 9068), bound by cnf.x5t#S256.' }),
      token_type: Type.Literal('Bearer'),
      expires_in: Type.Integer({ description: 'Seconds.' }),
    }),
    400: ProblemDetails,
    401: ProblemDetails,
    403: ProblemDetails,
    429: ProblemDetails,
  },
};
