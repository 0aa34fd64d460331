import Type, { type TUnsafe } from 'typebox';
import { ID_PATTERN } from '../model/ids.ts';

export const Time = Type.Integer({ minimum: 0, description: 'Milliseconds since the Unix epoch, UTC.' });
export const Name = Type.String({ pattern: ID_PATTERN });
export const CursorText = Type.String({
  minLength: 1,
  maxLength: 32,
  description: 'Opaque; ordered; survives a restart.',
});
/** Echoed in `result`, so that a client can tell its answers apart. */
export const RequestId = Type.Optional(
  Type.String({ minLength: 1, maxLength: 64, description: 'Chosen by the client, echoed in `result`.' }),
);

/**
 * Text that is judged when the command is carried out, and answered: a schema that knew the allowed words would end the
 * whole feed for one that is not among them. The type is what a client should send.
 */
export function judgedText<Text extends string>(description: string, maxLength = 256): TUnsafe<Text> {
  return Type.Unsafe<Text>(Type.String({ maxLength, description }));
}
