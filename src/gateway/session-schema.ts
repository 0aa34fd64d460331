import Type from 'typebox';
import { SESSION_VIAS } from '../model/console-session.ts';
import { ID_PATTERN } from '../model/ids.ts';
import { ROLES } from '../model/people.ts';
import { ProblemDetails } from './problem-details.ts';

const Role = Type.Enum([...ROLES]);
const Session = Type.Object({
  id: Type.String({ description: 'Names the session; it admits nobody.' }),
  clinician: Type.String(),
  role: Role,
  wards: Type.Array(Type.String()),
  patients: Type.Array(Type.String({ description: 'Without those by break-glass access.' })),
  expires: Type.Integer({ description: 'Epoch ms.' }),
});
const ListedSession = Type.Object({
  id: Type.String(),
  clinician: Type.String(),
  via: Type.Enum([...SESSION_VIAS]),
  from: Type.Integer({ description: 'Epoch ms.' }),
  expires: Type.Integer({ description: 'Epoch ms.' }),
});
const common = { tags: ['identity'] };
const byCookie = { ...common, security: [{ session: [] }] };
const byAdmin = { ...common, security: [{ bearer: [] }, { session: [] }] };
const refused = { 401: ProblemDetails, 403: ProblemDetails };

export const SessionParams = Type.Object({ id: Type.String({ pattern: ID_PATTERN }) });

/** An invitation is 43 characters long; what is longer by far is none. */
export const SignInBody = Type.Object(
  {
    invitation: Type.String({
      minLength: 1,
      maxLength: 64,
      description: 'What stands behind # in the link.',
    }),
  },
  { additionalProperties: false },
);

export const signInWaysSchema = {
  ...common,
  summary: 'How one may sign in at the console, beside an invitation',
  response: {
    200: Type.Object({
      openid: Type.Union([Type.Object({ name: Type.String({ description: 'For people.' }) }), Type.Null()], {
        description: 'Null: no provider is configured.',
      }),
    }),
  },
};
export const signInSchema = {
  ...common,
  summary: 'Begins a session of the console with an invitation, which is used up by it',
  body: SignInBody,
  response: { 201: Session, 400: ProblemDetails, ...refused, 413: ProblemDetails, 429: ProblemDetails },
};
export const sessionSchema = {
  ...byCookie,
  summary: 'Whose session the cookie is of',
  response: { 200: Session, ...refused, 404: ProblemDetails },
};
export const signOutSchema = {
  ...byCookie,
  summary: 'Signs out: ends the session and its feeds',
  response: { 204: Type.Null(), ...refused, 404: ProblemDetails },
};
export const sessionsSchema = {
  ...byAdmin,
  summary: 'Sessions of the console that hold, the newest first (admin)',
  response: { 200: Type.Object({ sessions: Type.Array(ListedSession) }), ...refused },
};
export const endSessionSchema = {
  ...byAdmin,
  summary: 'Ends a session and its feeds (admin)',
  params: SessionParams,
  response: { 204: Type.Null(), 400: ProblemDetails, ...refused, 404: ProblemDetails },
};
