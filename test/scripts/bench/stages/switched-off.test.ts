import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import t from 'tap';
import {
  replacements,
  STAGES,
  type Stage,
  withoutStage,
} from '../../../../scripts/bench/stages/switched-off.ts';

const run = promisify(execFile);
const SOURCE = new URL('../../../../src/', import.meta.url);

/** What a process without the stage says of an expression over a module of the product, `m`. */
async function said(stage: Stage, path: string, expression: string): Promise<unknown> {
  const code = `import(${JSON.stringify(new URL(path, SOURCE).href)})
    .then(async (m) => console.log(JSON.stringify(await (${expression}) ?? null)))`;
  const { stdout } = await run(process.execPath, [...withoutStage(stage), '-e', code]);
  return JSON.parse(stdout);
}

t.test('what is replaced is there, and so is what replaces it', async (t) => {
  for (const stage of STAGES)
    for (const url of [...replacements(stage)].flat()) t.ok(existsSync(fileURLToPath(url)), url);
});

t.test('without the journal nothing is opened, and all is durable', async (t) => {
  const journal = `m.openSqliteJournal({ path: '/nowhere/at/all.db' })
    .then(async (journal) => [await journal.append({}), journal.durableTicket])`;
  t.same(await said('journal', 'journal/journal-sqlite.ts', journal), [null, 1]);
});

t.test('without the store points are taken with nobody there', async (t) => {
  const options = `{ url: 'http://127.0.0.1:1', version: 1, database: 'x', timeoutMs: 1000 }`;
  t.equal(await said('store', 'store/store-influxdb.ts', `m.influxStore(${options}).write([{}])`), null);
  const sqlite = `m.sqliteStore({ path: '/nowhere/at/all.db' }).write([{}])`;
  t.equal(await said('store', 'store/store-sqlite.ts', sqlite), null);
});

t.test('without alarms the desk judges nothing', async (t) => {
  const desk = `m.AlarmDesk.prototype.evaluate.call(null, {})`;
  t.equal(await said('alarms', 'ingest/alarm-desk.ts', desk), null);
});

t.test('without acks none is due', async (t) => {
  const acks = `{ const acks = new m.AckSchedule(); acks.every(0); acks.durable(99, 0); return acks.isDue(1e9); }`;
  const called = `(() => ${acks})()`;
  t.equal(await said('acks', 'ingest/ack-schedule.ts', called), false);
  t.equal(await said('store', 'ingest/ack-schedule.ts', called), true, 'as it is elsewhere');
});
