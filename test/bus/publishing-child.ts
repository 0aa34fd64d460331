// A process to be killed, or to run into its disk limit: publishes alarms without end and writes to stdout each
// cursor it was given, `f CURSOR` once that one is on disk, and what goes wrong.
import { openEmbeddedBus } from '../../src/bus/bus-embedded.ts';
import { systemClock } from '../../src/core/clock.ts';
import { codeOf } from '../../src/core/coded-error.ts';
import { raised } from '../support/alarms.ts';
import { say } from '../support/say.ts';

const bus = await openEmbeddedBus({
  path: String(process.argv[2]),
  clock: systemClock(),
  onError: ({ code }) => say(`error ${code}`),
  maxQueued: 2_000,
});
let relayed = 0;
bus.subscribe({ alarm: () => relayed++ });
let onset = 0;
while (bus.healthy) {
  for (let i = 0; i < 20; i++) say(bus.publishAlarm(raised(++onset)).cursor);
  const newest = bus.newestCursor();
  const flushed = bus.flushed().then(
    () => say(`f ${newest}`),
    () => {},
  );
  if (onset % 60 === 0) await flushed;
  else await new Promise((resolve) => setImmediate(resolve));
}
const before = bus.newestCursor();
for (let i = 0; i < 3_000; i++) bus.publishAlarm(raised(++onset));
const page = await bus.alarmsAfter(before, 5_000);
say(`relayed ${relayed === onset}`);
say(`flushed ${await bus.flushed().then(() => 'yes', codeOf)}`);
say(`in memory ${page.events.length} gap ${page.gap} healthy ${bus.healthy}`);
say(`live ${(await bus.liveAlarms()).length > 2_000}`);
await bus[Symbol.asyncDispose]();
