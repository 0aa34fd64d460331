import type { FastifyInstance, FastifyRequest } from 'fastify';
import Type, { type Static } from 'typebox';
import { maySetNews2 } from '../identity/access-policy.ts';
import { ID_PATTERN } from '../model/ids.ts';
import { NEWS2_USES } from '../model/news2.ts';
import type { DoorAudit } from '../observe/audit-doors.ts';
import { changeNews2 } from '../registry/patient-record.ts';
import type { Registry } from '../registry/registry.ts';
import { asAsked } from './as-asked.ts';
import type { Authenticate } from './caller.ts';
import { LimitReason } from './limit-schema.ts';
import { patientInScope } from './patient-in-scope.ts';
import { ProblemDetails, ProblemError } from './problem-details.ts';

export interface News2UseRoutesOptions {
  readonly authenticate: Authenticate;
  readonly registry: Registry;
  readonly audit: Pick<DoorAudit, 'trail'>;
}

const Params = Type.Object({ id: Type.String({ pattern: ID_PATTERN }) });
const Use = Type.Enum([...NEWS2_USES], {
  description:
    '`scale_2` only where it was prescribed for this patient (hypercapnic respiratory failure); `off` for who is no adult, or pregnant.',
});
const schema = {
  summary: 'Which NEWS2 a patient is scored by; charge nurses of the ward only',
  tags: ['patients'],
  security: [{ bearer: [] }],
  params: Params,
  body: Type.Object({ use: Use, reason: LimitReason }, { additionalProperties: false }),
  response: {
    200: Type.Object({ patient: Type.String(), news2: Use }),
    400: ProblemDetails,
    401: ProblemDetails,
    403: ProblemDetails,
  },
};

/** The use of NEWS2 over REST. */
export function addNews2UseRoutes(
  app: FastifyInstance,
  { authenticate, registry, audit }: News2UseRoutesOptions,
): void {
  const onRequest = async (request: FastifyRequest): Promise<void> => {
    await authenticate(request);
  };
  app.put('/v1/patients/:id/news2', { onRequest, schema }, async (request) => {
    const { clinician } = await authenticate(request);
    const patient = patientInScope(registry, clinician, (request.params as Static<typeof Params>).id);
    if (!maySetNews2(clinician, patient))
      throw new ProblemError(
        'role_forbidden',
        `NEWS2 of patient ${patient.id} is set by a charge nurse of the ward`,
      );
    const { use, reason } = request.body as Static<typeof schema.body>;
    const act = await asAsked(() => changeNews2(registry, patient, use, reason));
    await audit.trail
      .record({ actor: { kind: 'clinician', id: clinician.id }, ...act })
      .catch(() => undefined);
    return { patient: patient.id, news2: registry.patient(patient.id)?.news2 ?? use };
  });
}
