import type { DeviceFrame, ServerToDeviceFrame } from '../protocol/device-frames.ts';
import type { DeviceClientOptions } from './device-client-options.ts';

type CommandFrame = Extract<ServerToDeviceFrame, { type: 'command' }>;

/** Carries a command out and says how it went. Never rejects. */
export async function answerCommand(
  command: CommandFrame,
  handlers: NonNullable<DeviceClientOptions['commands']>,
): Promise<Extract<DeviceFrame, { type: 'result' }>> {
  const handler = handlers[command.name];
  if (!handler) return { type: 'result', id: command.id, ok: false, message: 'not supported by this device' };
  try {
    const message = await handler(command.args);
    return {
      type: 'result',
      id: command.id,
      ok: true,
      ...(message === undefined ? {} : { message: message.slice(0, 500) }),
    };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { type: 'result', id: command.id, ok: false, message: message.slice(0, 500) };
  }
}
