import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { openAlarmDesk } from './app-alarms.ts';
import { openConsoleSessions } from './app-console.ts';
import { alarmHealth, healthOf } from './app-health.ts';
import { openIdentity } from './app-identity.ts';
import { openJournal, overrunLog } from './app-journal.ts';
import { openObservations, recallHistory } from './app-observations.ts';
import { OpenParts } from './app-parts.ts';
import { serviceFacts } from './app-service.ts';
import { openIdSignIn } from './app-sign-in.ts';
import { endSessions } from './app-stop.ts';
import { openStore, openWriter } from './app-store.ts';
import { systemState } from './app-system.ts';
import { openEmbeddedBus } from './bus/bus-embedded.ts';
import type { Config, Secrets } from './config/config.ts';
import { SETTINGS } from './config/settings.ts';
import type { Clock } from './core/clock.ts';
import { CodedError, codeOf } from './core/coded-error.ts';
import { lockDataDirectory } from './core/directory-lock.ts';
import { refuseUnfinishedRestore } from './core/unfinished-restore.ts';
import { Backtests } from './feed/backtests.ts';
import { feedMetrics } from './feed/feed-metrics.ts';
import { FeedService } from './feed/feed-service.ts';
import { figureMetrics } from './feed/figure-metrics.ts';
import { WardFigures } from './feed/ward-figures.ts';
import { createClinicianListener } from './gateway/clinician-listener.ts';
import { createDeviceListener } from './gateway/device-listener.ts';
import { Heartbeat } from './gateway/heartbeat.ts';
import { listenAt, portOf } from './gateway/listener.ts';
import { peerLimits } from './gateway/peer-limits.ts';
import { renewSecureContexts } from './gateway/secure-context.ts';
import { TicketKeys } from './gateway/ticket-keys.ts';
import { KeyFileGuard } from './identity/key-files.ts';
import { prepareCertificates } from './identity/startup-certificates.ts';
import { AlarmRecovery } from './ingest/alarm-recovery.ts';
import { ingestMetrics } from './ingest/ingest-metrics.ts';
import { Pipeline } from './ingest/pipeline.ts';
import { SessionTable } from './ingest/session-table.ts';
import { StreamLedger } from './ingest/stream-ledger.ts';
import { DoorAudit } from './observe/audit-doors.ts';
import type { Log } from './observe/log.ts';
import { createMetrics } from './observe/metrics.ts';
import { refuseLostRegistry } from './registry/lost-registry.ts';
import { openSqliteRegistry } from './registry/registry-sqlite.ts';
import type { TelemetryStore } from './store/telemetry-store.ts';

/** Where the build puts the clinicians' page. */
const CONSOLE_DIRECTORY = join(import.meta.dirname, '../build/console');

export interface AppOptions {
  readonly config: Config;
  readonly secrets: Secrets;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * A server that listens. Disposing it ends sessions with 1012, writes what is pending and closes in reverse order, within
 * 15 s: what hangs is left behind, and told with `stop_overdue`.
 */
export interface App extends AsyncDisposable {
  readonly devicePort: number;
  readonly clinicianPort: number;
  readonly store: TelemetryStore;
  /** Files made on the first start. */
  readonly created: readonly string[];
  /** Resolves when everything durable in the journal now is in the store. */
  drained(): Promise<void>;
  /** Resolves with the cause when the process records nothing any more and must be restarted; alarms flow until then. */
  readonly failed: Promise<Error>;
}

async function makeDataDirectory(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new CodedError(
      'data_directory_unavailable',
      `${SETTINGS.data.key}=${path}: cannot be made or used as a directory (${codeOf(cause)}): check the path and its owner`,
      { cause },
    );
  }
}

/** @throws CodedError `stop_overdue`, which is logged: something is left that may keep the process from ending */
async function stop(parts: OpenParts, log: Log): Promise<void> {
  try {
    await parts[Symbol.asyncDispose]();
  } catch (error) {
    if (codeOf(error) === 'stop_overdue')
      log.error({ event: 'stop_overdue', err: error }, (error as CodedError).message);
    throw error;
  }
}

/**
 * Builds everything from the configuration, listens, and disposes in reverse.
 * @throws CodedError when a file, a key or a port is not as it must be; nothing is left open then.
 */
export async function startApp({ config, secrets, clock, log }: AppOptions): Promise<App> {
  await using building = new OpenParts();
  const { certs: directory, crlUrl, certificateDays, serverNames } = config;
  const production = config.mode === 'production';
  for (const place of [config.data, directory]) refuseUnfinishedRestore(place);
  const keyFiles = new KeyFileGuard({
    production,
    warn: ({ code, message }) => log.warn({ event: code }, message),
  });
  const created = await prepareCertificates({
    ...{ directory, production, serverNames, crlUrl, keyFiles },
    now: clock.now(),
  });
  await makeDataDirectory(config.data);
  building.guard('data_directory', lockDataDirectory(config.data));
  refuseLostRegistry(config.data);
  const file = (name: string): string => join(config.data, name);
  const report = (error: CodedError): void =>
    log.error({ event: 'part_failed', code: error.code, err: error }, error.message);
  const metrics = createMetrics();

  const journal = building.use('journal', await openJournal({ config, clock, log, metrics }));
  const failed = new Promise<Error>((resolve) => journal.onFailure(resolve));
  void failed.then((err) => log.error({ event: 'journal_failed', err }, err.message));
  const registry = building.use(
    'registry',
    await openSqliteRegistry({ path: file('registry.db'), onError: report }),
  );
  const audit = building.use(
    'audit_trail',
    await DoorAudit.open({ path: file('audit.db'), clock, metrics, onError: report }),
  );
  const bus = building.use(
    'alarm_log',
    await openEmbeddedBus({ path: file('alarms.db'), clock, onError: report }),
  );
  const store = building.use('store', openStore(config, secrets, config.data));
  // Before any frame is taken: the journal keeps batches for the readers it knows.
  const writer = building.use(
    'store_writer',
    await openWriter({ journal, store, clock, log, metrics, data: config.data }),
  );

  building.use('alarm_recovery', await AlarmRecovery.open({ journal, bus, clock, onError: report }));
  const liveAlarms = await bus.liveAlarms();
  const figures = building.use('figures', new WardFigures({ bus, registry, clock, liveAlarms }));
  await figures.load();
  figureMetrics(metrics, figures);
  const { desk } = building.use(
    'alarm_desk',
    await openAlarmDesk({
      ...{ registry, bus, journal, clock, liveAlarms, report },
      times: config.response,
      stateFile: file('alarm-state.json'),
    }),
  );
  const ingest = ingestMetrics(metrics);
  const pipeline = new Pipeline({
    registry,
    journal,
    bus,
    desk,
    clock,
    metrics: ingest,
    onOverrun: overrunLog(log),
    retentionMs: config.retentionMs,
  });
  const observations = openObservations({ registry, journal, desk, bus, clock, audit });
  const ledger = new StreamLedger(journal);
  const { heartbeatMs, issuer } = config;
  const feed = building.use(
    'feed',
    new FeedService({
      bus,
      registry,
      clock,
      log,
      audit,
      metrics: feedMetrics(metrics),
      heartbeatMs,
      liveAlarms,
      observations,
      service: () => serviceFacts(journal, pipeline.gate, bus),
    }),
  );
  building.use('history_recall', recallHistory({ registry, desk, feed, clock, log, store, writer }));
  const sessions = building.use(
    'sessions',
    new SessionTable({
      ...{ registry, journal, bus, desk, clock, log, pipeline, ledger, heartbeatMs },
      metrics: ingest,
    }),
  );

  const heartbeat = building.use('heartbeat', new Heartbeat(clock, heartbeatMs));
  const identity = building.use(
    'identity',
    await openIdentity({ config, secrets, keyFiles, registry, audit, clock, log, metrics, onError: report }),
  );
  const { credentials, provider, renewals } = identity;
  const { keys, lists } = credentials;
  const limits = building.use(
    'peer_limits',
    peerLimits({ ...config.peerLimits, registry, clock, log, metrics }),
  );
  let draining = false;
  const shared = {
    registry,
    keys,
    sessions,
    heartbeat,
    audit,
    clock,
    log,
    issuer,
    isDraining: () => draining,
  };
  const deviceListener = await createDeviceListener({
    ...shared,
    ...limits.device,
    tls: { ...credentials.server, ca: credentials.deviceTrust },
    tokenTtlS: config.deviceTokenTtlS,
    renewals,
    certificateDays,
  });
  building.defer('device_listener', () => deviceListener.close());
  const health = () => ({
    ...healthOf(journal, pipeline.gate, registry, bus, audit, writer),
    alarms: alarmHealth(desk, feed),
    ...identity.health(),
  });
  const consoleSessions = building.use(
    'console_sessions',
    openConsoleSessions({ config, registry, clock, audit, metrics, onError: report }),
  );
  const system = systemState({ config, clock, journal, writer, registry, sessions, feed, health });
  const backtests = new Backtests({ registry, store });
  const clinicianListener = await createClinicianListener({
    ...shared,
    ...limits.clinician,
    tls: credentials.server,
    ...consoleSessions.listener,
    signIn: openIdSignIn({ config, secrets, provider, clock, port: () => portOf(clinicianListener) }),
    lists,
    provider,
    feed,
    figures,
    observations,
    store,
    backtests,
    operations: { metrics, health },
    system,
    consoleDirectory: CONSOLE_DIRECTORY,
  });
  building.defer('clinician_listener', () => clinicianListener.close());
  // Ended first: closing waits for the requests under way.
  building.use('backtests', backtests);
  const tickets = building.use(
    'ticket_keys',
    await TicketKeys.open({ path: file('tls-ticket.key'), trust: credentials.deviceTrust, clock, log }),
  );
  tickets.serve(deviceListener, clinicianListener);
  credentials.onTls(() => {
    renewSecureContexts(credentials, deviceListener, clinicianListener);
    tickets.trusting(credentials.deviceTrust);
  });
  // Of people the token is all there is. A device has shown its certificate, which the registry still has.
  credentials.onKeyWithdrawn(() => {
    feed.closeAll(4401, 'token key withdrawn');
    tickets.end('token_key_withdrawn');
  });
  const { host, devicePort, clinicianPort } = config;
  const hostKey = SETTINGS.host.key;
  await listenAt(deviceListener, { host, port: devicePort, hostKey, portKey: SETTINGS.devicePort.key });
  await listenAt(clinicianListener, {
    host,
    port: clinicianPort,
    hostKey,
    portKey: SETTINGS.clinicianPort.key,
  });
  building.defer('open_sessions', () => {
    draining = true;
    return endSessions({ sessions, feed, journal, clock });
  });

  const running = building.move();
  return {
    devicePort: portOf(deviceListener),
    clinicianPort: portOf(clinicianListener),
    store,
    created,
    drained: () => writer.drained(),
    failed,
    [Symbol.asyncDispose]: () => stop(running, log),
  };
}
