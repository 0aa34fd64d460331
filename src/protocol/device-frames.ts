import Type, { type Static } from 'typebox';
import { COMMAND_NAMES } from '../model/device-command.ts';
import {
  MAX_ACK_INTERVAL_MS,
  MAX_SAMPLES_PER_FRAME,
  MAX_VALUES_PER_WAVEFORM,
  MAX_WAVEFORM_RATE_HZ,
} from './limits.ts';
import { REJECT_CODES } from './reject-codes.ts';

const Time = Type.Integer({
  minimum: 0,
  maximum: Number.MAX_SAFE_INTEGER,
  description: 'Milliseconds since the Unix epoch, UTC.',
});
const Seq = Type.Integer({
  minimum: 1,
  maximum: Number.MAX_SAFE_INTEGER,
  description: 'Starts at 1 in a stream and grows by one with every frame that carries it.',
});
const DurableSeq = Type.Integer({ minimum: 0, description: 'Everything up to this number is on disk.' });

export const HelloFrame = Type.Object(
  {
    type: Type.Literal('hello'),
    stream: Type.String({
      minLength: 36,
      maxLength: 36,
      description: 'UUID of this run of sequence numbers.',
    }),
    time: Time,
    firmware: Type.Optional(
      Type.String({ maxLength: 64, description: 'Version of what runs on the device.' }),
    ),
    ack_interval_ms: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: MAX_ACK_INTERVAL_MS,
        default: 2000,
        description: '0 asks for an ack after every commit.',
      }),
    ),
    acked: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: Number.MAX_SAFE_INTEGER,
        description:
          'The highest `seq` of this stream that an ack or a welcome named; 0: none. With it the server can welcome the device, and hear its alarms, while its disk does not answer.',
      }),
    ),
  },
  { description: 'The first frame of a connection.' },
);

export const VitalsFrame = Type.Object(
  {
    type: Type.Literal('vitals'),
    seq: Seq,
    // Checked one by one, so that a wrong sample is rejected alone: ingest/sample-check.ts.
    samples: Type.Array(Type.Unknown(), {
      minItems: 1,
      maxItems: MAX_SAMPLES_PER_FRAME,
      description: 'Moments, in any order.',
    }),
  },
  { description: 'One or more moments; a device that was offline sends its backlog in batches.' },
);

export const WaveformFrame = Type.Object(
  {
    type: Type.Literal('waveform'),
    seq: Seq,
    signal: Type.String({ minLength: 1, maxLength: 32, description: 'A signal of the catalogue.' }),
    t: Time,
    rate_hz: Type.Number({
      exclusiveMinimum: 0,
      maximum: MAX_WAVEFORM_RATE_HZ,
      description: 'Values a second.',
    }),
    values: Type.Array(Type.Number(), {
      minItems: 1,
      maxItems: MAX_VALUES_PER_WAVEFORM,
      description: 'In CBOR a typed array (RFC 8746) is taken too.',
    }),
  },
  { description: 'A chunk of a trace: value i was measured at t + 1000 * i / rate_hz.' },
);

export const StatusFrame = Type.Object(
  {
    type: Type.Literal('status'),
    seq: Seq,
    battery_percent: Type.Optional(
      Type.Number({ minimum: 0, maximum: 100, description: 'Charge of the battery.' }),
    ),
    worn: Type.Optional(Type.Boolean({ description: 'Whether the device is on a body.' })),
    charging: Type.Optional(Type.Boolean({ description: 'Whether it is on its charger.' })),
  },
  { description: 'State of the device itself.' },
);

export const ResultFrame = Type.Object(
  {
    type: Type.Literal('result'),
    id: Type.String({ minLength: 1, maxLength: 64, description: 'The `id` of the command.' }),
    ok: Type.Boolean({ description: 'Whether it was carried out.' }),
    message: Type.Optional(Type.String({ maxLength: 500, description: 'For people.' })),
  },
  { description: 'Answer to a command.' },
);

export const RefreshFrame = Type.Object(
  {
    type: Type.Literal('refresh'),
    token: Type.String({
      minLength: 1,
      maxLength: 8192,
      description: 'From `POST /v1/token`, for the certificate of this connection.',
    }),
  },
  { description: 'A new token on the same socket.' },
);

/** What a device may send, by `type`. */
export const DEVICE_TO_SERVER = {
  hello: HelloFrame,
  vitals: VitalsFrame,
  waveform: WaveformFrame,
  status: StatusFrame,
  result: ResultFrame,
  refresh: RefreshFrame,
} as const;

export const WelcomeFrame = Type.Object(
  {
    type: Type.Literal('welcome'),
    session: Type.String({ description: 'Names this connection in the log of the server.' }),
    ack: DurableSeq,
    time: Time,
    heartbeat_s: Type.Number({
      description: 'The server pings this often; a peer that misses two pings is dropped.',
    }),
    token_expires: Time,
  },
  { description: 'Answer to `hello`: drop what is acked, send the rest again.' },
);

export const AckFrame = Type.Object(
  { type: Type.Literal('ack'), seq: DurableSeq },
  { description: 'Cumulative: everything up to `seq` is on disk.' },
);

export const RejectFrame = Type.Object(
  {
    type: Type.Literal('reject'),
    seq: Seq,
    code: Type.Enum(Object.keys(REJECT_CODES) as (keyof typeof REJECT_CODES)[], {
      description: 'Why.',
    }),
    message: Type.String({ description: 'For people: the field, the value and what is allowed.' }),
    samples: Type.Optional(
      Type.Array(Type.Integer({ minimum: 0 }), {
        description: 'Indexes into `samples`; absent: the whole frame.',
      }),
    ),
  },
  {
    description:
      'These will never be stored; the rest of the frame is. `seq` counts as consumed and will be acked.',
  },
);

export const ResendFrame = Type.Object(
  { type: Type.Literal('resend'), from: Seq },
  { description: 'A gap: `from` is the first missing number. Send everything from there again.' },
);

export const CommandFrame = Type.Object(
  {
    type: Type.Literal('command'),
    id: Type.String({ description: 'To be echoed in `result`.' }),
    name: Type.Enum([...COMMAND_NAMES], { description: 'What to do.' }),
    args: Type.Record(Type.String(), Type.Unknown(), { description: 'Arguments of that command.' }),
  },
  { description: 'Asked for by a clinician or an admin; answer with `result`.' },
);

export const RefreshedFrame = Type.Object(
  { type: Type.Literal('refreshed'), token_expires: Time },
  { description: 'The new token holds.' },
);
export const TokenExpiringFrame = Type.Object(
  { type: Type.Literal('token_expiring'), token_expires: Time },
  { description: 'Sent 60 s before the token expires.' },
);

/** What the server sends to a device, by `type`. */
export const SERVER_TO_DEVICE = {
  welcome: WelcomeFrame,
  ack: AckFrame,
  reject: RejectFrame,
  resend: ResendFrame,
  command: CommandFrame,
  refreshed: RefreshedFrame,
  token_expiring: TokenExpiringFrame,
} as const;

export type HelloFrame = Static<typeof HelloFrame>;
export type VitalsFrame = Static<typeof VitalsFrame>;
/** In memory the values may be a typed array, as CBOR delivers them. */
export type WaveformFrame = Omit<Static<typeof WaveformFrame>, 'values'> & { values: ArrayLike<number> };
export type StatusFrame = Static<typeof StatusFrame>;
export type DeviceFrame =
  | HelloFrame
  | VitalsFrame
  | WaveformFrame
  | StatusFrame
  | Static<typeof ResultFrame>
  | Static<typeof RefreshFrame>;
export type ServerToDeviceFrame = Static<(typeof SERVER_TO_DEVICE)[keyof typeof SERVER_TO_DEVICE]>;
