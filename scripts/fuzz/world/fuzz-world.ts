import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_RESPONSE_TIMES } from '../../../src/alarms/subject-rules.ts';
import { type EmbeddedBus, openEmbeddedBus } from '../../../src/bus/bus-embedded.ts';
import { feedMetrics } from '../../../src/feed/feed-metrics.ts';
import { FeedService } from '../../../src/feed/feed-service.ts';
import { AlarmDesk } from '../../../src/ingest/alarm-desk.ts';
import { ingestMetrics } from '../../../src/ingest/ingest-metrics.ts';
import { ObservationDesk } from '../../../src/ingest/observations.ts';
import { Pipeline } from '../../../src/ingest/pipeline.ts';
import { SessionTable } from '../../../src/ingest/session-table.ts';
import { StreamLedger } from '../../../src/ingest/stream-ledger.ts';
import { createLog } from '../../../src/observe/log.ts';
import { createMetrics } from '../../../src/observe/metrics.ts';
import type { Registry } from '../../../src/registry/registry.ts';
import { openSqliteRegistry } from '../../../src/registry/registry-sqlite.ts';
import { SteppedClock } from '../stepped-clock.ts';
import { HeldJournal } from './held-journal.ts';
import { peopleAndDevices } from './people.ts';
import { Witness } from './witness.ts';

const START = 1_772_438_401_000;
const DAY_MS = 86_400_000;
const HEARTBEAT_MS = 20_000;

/** What a server is made of behind its sockets, in this process, with a clock and a disk that do as they are told. */
export interface FuzzWorld extends AsyncDisposable {
  readonly clock: SteppedClock;
  readonly journal: HeldJournal;
  readonly registry: Registry;
  readonly bus: EmbeddedBus;
  readonly pipeline: Pipeline;
  readonly sessions: SessionTable;
  readonly feed: FeedService;
  /** What was logged as an error, what was rejected and nobody caught, and what was logged that must not be. */
  readonly witness: Witness;
}

/** Composes a world in a directory of its own, which is gone with it. */
export async function openFuzzWorld(journal = new HeldJournal()): Promise<FuzzWorld> {
  await using opening = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), 'vitalwire-fuzz-'));
  opening.defer(() => rm(directory, { recursive: true, force: true }));
  const clock = new SteppedClock(START);
  const witness = opening.use(new Witness());
  const onError = (error: Error): void => witness.failed(error);
  const log = createLog('warn', witness);
  const metrics = createMetrics();
  const registry = opening.use(await openSqliteRegistry({ path: join(directory, 'registry.db'), onError }));
  await peopleAndDevices(registry, START - DAY_MS);
  const bus = opening.use(await openEmbeddedBus({ path: join(directory, 'alarms.db'), clock, onError }));
  const desk = opening.use(
    new AlarmDesk({
      ...{ registry, bus, times: DEFAULT_RESPONSE_TIMES, clock },
      onEvent: (event) => void journal.append({ kind: 'alarm', event }).catch(() => {}),
      onError: (error) => {
        throw error;
      },
    }),
  );
  const counters = ingestMetrics(metrics);
  const pipeline = new Pipeline({
    ...{ registry, journal, bus, desk, clock, metrics: counters },
    retentionMs: 30 * DAY_MS,
  });
  const ledger = new StreamLedger(journal, 1_000);
  const sessions = opening.use(
    new SessionTable({
      ...{ registry, journal, bus, desk, clock, log, pipeline, ledger },
      ...{ metrics: counters, heartbeatMs: HEARTBEAT_MS },
    }),
  );
  const observations = new ObservationDesk({ registry, journal, desk, bus, clock, onEntered: () => {} });
  const feed = opening.use(
    new FeedService({
      ...{ bus, registry, clock, log, observations, liveAlarms: [], heartbeatMs: HEARTBEAT_MS },
      metrics: feedMetrics(metrics),
      audit: witness.audit,
      service: () => ({ reason: journal.condition === 'ok' ? null : 'stalled', alarmLog: 'ok' }),
    }),
  );
  const opened = opening.move();
  const dispose = async (): Promise<void> => {
    await bus.flushed();
    await opened.disposeAsync();
  };
  return { clock, journal, registry, bus, pipeline, sessions, feed, witness, [Symbol.asyncDispose]: dispose };
}
