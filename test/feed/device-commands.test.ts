import t from 'tap';
import { COMMAND_TIMEOUT_MS, DeviceCommands, MAX_WAITING_OF_DEVICE } from '../../src/feed/device-commands.ts';
import type { DeviceCommand } from '../../src/model/device-command.ts';
import { deviceId } from '../../src/model/ids.ts';
import { feedWorld, NURSE } from '../support/feed-world.ts';

const D = deviceId('watch-A1');
const identify = { device: D, name: 'identify', args: {}, requested_by: NURSE } as const;

t.test('waits for the device that was asked, for a time, and for few at once', async (t) => {
  const { bus, clock, registry } = await feedWorld(t);
  const sent: DeviceCommand[] = [];
  bus.subscribe({ command: (command) => sent.push(command) });
  using commands = new DeviceCommands({ bus, clock, registry, demand: { isWatched: () => false } });

  const first = commands.send(identify);
  const { id } = sent[0]!;
  bus.publishCommandResult({ id, device: deviceId('watch-B1'), ok: true, message: 'not mine to answer' });
  bus.publishCommandResult({ id: 'other', device: D, ok: true, message: null });
  bus.publishCommandResult({ id, device: D, ok: false, message: 'flat battery' });
  t.same(await first, { kind: 'refused', id, message: 'flat battery' });
  bus.publishCommandResult({ id, device: D, ok: true, message: 'once more' });

  const late = Array.from({ length: MAX_WAITING_OF_DEVICE }, () => commands.send(identify));
  t.same(await commands.send(identify), { kind: 'busy' });
  t.equal(sent.length, 1 + MAX_WAITING_OF_DEVICE, 'and was not sent');
  const other = commands.send({ ...identify, device: deviceId('watch-B1') });
  clock.advance(COMMAND_TIMEOUT_MS);
  for (const outcome of await Promise.all([...late, other])) t.same(outcome, { kind: 'timed_out' });

  const last = commands.send(identify);
  bus.publishCommandResult({ id: sent.at(-1)!.id, device: D, ok: true, message: null });
  t.match(await last, { kind: 'done' });
});
