import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import Type, { type Static } from 'typebox';
import type { Clock } from '../core/clock.ts';
import { HourlyRate } from '../core/hourly-rate.ts';
import { COMMAND_TIMEOUT_MS, type CommandOutcome } from '../feed/device-commands.ts';
import type { FeedService } from '../feed/feed-service.ts';
import { mayAdminister, mayCommand } from '../identity/access-policy.ts';
import { COMMAND_NAMES, type CommandName } from '../model/device-command.ts';
import { type DeviceId, ID_PATTERN } from '../model/ids.ts';
import { SIGNAL_NAMES } from '../model/signal.ts';
import type { AuditDetails } from '../observe/audit-entry.ts';
import type { Registry } from '../registry/registry.ts';
import { type AdminDoor, CHANGE_REFUSED } from './admin-door.ts';
import type { Caller } from './caller.ts';
import { ProblemDetails, ProblemError } from './problem-details.ts';

export interface DeviceCommandRoutesOptions {
  readonly door: AdminDoor;
  readonly registry: Registry;
  readonly feed: Pick<FeedService, 'command'>;
  readonly clock: Clock;
}

/** Commands of one person: each wakes a device's radio. */
export const COMMANDS_PER_HOUR = 240;
const INTERVAL_MS = { least: 100, most: 3_600_000 };

const Params = Type.Object({ id: Type.String({ pattern: ID_PATTERN }) });
const Args = Type.Object(
  {
    interval_ms: Type.Optional(
      Type.Integer({
        ...{ minimum: INTERVAL_MS.least, maximum: INTERVAL_MS.most },
        description: 'Of `set_interval`: how often it is to measure. Milliseconds.',
      }),
    ),
    signals: Type.Optional(
      Type.Array(Type.Enum([...SIGNAL_NAMES]), {
        ...{ minItems: 1, maxItems: SIGNAL_NAMES.length, uniqueItems: true },
        description: 'Of `start_waveform` and `stop_waveform`.',
      }),
    ),
  },
  { additionalProperties: false },
);
const Body = Type.Object(
  { name: Type.Enum([...COMMAND_NAMES]), args: Type.Optional(Args) },
  { additionalProperties: false },
);
const Done = Type.Object({
  id: Type.String({ description: 'Of the command.' }),
  device: Type.String(),
  name: Type.Enum([...COMMAND_NAMES]),
  message: Type.Union([Type.String(), Type.Null()], { description: 'What the device says, for people.' }),
});

const ARGUMENT: Readonly<Record<CommandName, keyof Static<typeof Args> | null>> = {
  set_interval: 'interval_ms',
  start_waveform: 'signals',
  stop_waveform: 'signals',
  identify: null,
};

/** The arguments that the command takes, and no others. @throws ProblemError `invalid_request` */
function argsOf({ name, args = {} }: Static<typeof Body>): Static<typeof Args> {
  const wanted = ARGUMENT[name];
  const given = Object.keys(args);
  if (wanted === null ? given.length === 0 : given.length === 1 && given[0] === wanted) return args;
  const takes = wanted === null ? 'no arguments' : `args.${wanted} and nothing else`;
  throw new ProblemError('invalid_request', `args: ${name} takes ${takes}`);
}

/** Commands to a device over REST: the answer is the device's own. */
export function addDeviceCommandRoutes(app: FastifyInstance, options: DeviceCommandRoutesOptions): void {
  const { door, registry, feed, clock } = options;
  const rate = new HourlyRate(COMMANDS_PER_HOUR);

  /** Whom the caller may have do this; to all but admins unknown devices and those of others look the same. */
  const addressed = ({ clinician }: Caller, id: string, name: CommandName): DeviceId => {
    const device = registry.device(id as DeviceId);
    const worn = device && registry.patientAt(device.id, clock.now());
    const wearer = worn ? (registry.patient(worn) ?? null) : null;
    if (device && mayCommand(clinician, name, wearer)) return device.id;
    if (!mayAdminister(clinician))
      throw new ProblemError(
        'patient_forbidden',
        `device ${id} is unknown, or its wearer is outside your scope`,
      );
    if (device)
      throw new ProblemError('role_forbidden', `role admin has no device ${name}: it shows no vitals`);
    throw new ProblemError('not_found', `there is no device ${id}`);
  };
  const limitRate = ({ principal }: Caller, reply: FastifyReply): void => {
    const waitS = Math.ceil(rate.take(principal.id, clock.monotonic()) / 1_000);
    if (waitS === 0) return;
    reply.header('retry-after', waitS);
    throw new ProblemError(
      'rate_exceeded',
      `more than ${COMMANDS_PER_HOUR} commands an hour: wait ${waitS} s`,
    );
  };

  app.post(
    '/v1/devices/:id/commands',
    {
      onRequest: async (request: FastifyRequest) => void (await door.enter(request)),
      schema: {
        summary: 'Has a device do something, and gives its answer',
        tags: ['devices'],
        security: [{ bearer: [] }],
        params: Params,
        body: Body,
        response: { 200: Done, ...CHANGE_REFUSED, 504: ProblemDetails },
      },
    },
    async (request: FastifyRequest, reply: FastifyReply) => {
      const caller = await door.enter(request);
      const body = request.body as Static<typeof Body>;
      const { name } = body;
      const device = addressed(caller, (request.params as Static<typeof Params>).id, name);
      const args = argsOf(body);
      limitRate(caller, reply);
      const outcome = await feed.command({ device, name, args, requested_by: caller.principal.id });
      const details = { command: name, outcome: outcome.kind, ...argumentDetails(args) };
      await door.record(caller, { action: 'device_commanded', subject: device, details });
      if (outcome.kind === 'busy') reply.header('retry-after', COMMAND_TIMEOUT_MS / 1_000);
      const { id, message } = done(outcome, device, name);
      return { id, device, name, message };
    },
  );
}

function argumentDetails({ interval_ms, signals }: Static<typeof Args>): AuditDetails {
  return {
    ...(interval_ms !== undefined && { interval_ms }),
    ...(signals !== undefined && { signals: signals.join(',') }),
  };
}

/** @throws ProblemError when the device did not do it */
function done(
  outcome: CommandOutcome,
  device: DeviceId,
  name: CommandName,
): { readonly id: string; readonly message: string | null } {
  switch (outcome.kind) {
    case 'done':
      return outcome;
    case 'refused':
      throw new ProblemError(
        'device_refused',
        `${device} does not ${name}: ${outcome.message ?? 'no reason given'}`,
      );
    case 'unreachable':
      throw new ProblemError('device_not_connected', `device ${device} is not connected`);
    case 'timed_out':
      throw new ProblemError(
        'device_timed_out',
        `device ${device} did not answer within ${COMMAND_TIMEOUT_MS} ms`,
      );
    case 'busy':
      throw new ProblemError(
        'rate_exceeded',
        `too many commands wait for an answer: wait ${COMMAND_TIMEOUT_MS} ms`,
      );
    case 'watched':
      throw new ProblemError('waveform_watched', 'a clinician watches one of these traces on the feed');
  }
}
