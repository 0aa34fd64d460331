import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { WebSocket } from 'ws';
import type { Clock } from '../core/clock.ts';
import type { Backtests } from '../feed/backtests.ts';
import type { FeedService } from '../feed/feed-service.ts';
import type { ObservationPort } from '../feed/observe.ts';
import type { WardFigures } from '../feed/ward-figures.ts';
import { verifyClinician } from '../identity/clinician-verifier.ts';
import type { SessionBeginning } from '../identity/console-sessions.ts';
import type { OpenIdSignIn } from '../identity/openid-sign-in.ts';
import type { OpenIdProvider } from '../identity/openid-token.ts';
import type { PublishedLists } from '../identity/published-lists.ts';
import type { TokenKeySchedule } from '../identity/token-keys.ts';
import type { SessionTable } from '../ingest/session-table.ts';
import type { DoorAudit } from '../observe/audit-doors.ts';
import type { Log } from '../observe/log.ts';
import { FEED_SUBPROTOCOL } from '../protocol/feed-codec.ts';
import { MAX_FEED_MESSAGE_BYTES } from '../protocol/limits.ts';
import type { Registry } from '../registry/registry.ts';
import type { TelemetryStore } from '../store/telemetry-store.ts';
import { addAdminRoutes } from './admin-routes.ts';
import { addAlarmRoutes } from './alarm-routes.ts';
import { authenticateBy } from './authenticate.ts';
import { addBacktestRoutes } from './backtest-routes.ts';
import { addBreakGlassRoutes } from './break-glass-routes.ts';
import type { Caller } from './caller.ts';
import { addConsoleFiles } from './console-files.ts';
import { addFiguresRoutes } from './figures-routes.ts';
import type { Heartbeat } from './heartbeat.ts';
import { addLimitRoutes } from './limit-routes.ts';
import { createListener, offeredSubprotocols } from './listener.ts';
import { addNews2HistoryRoutes } from './news2-history-routes.ts';
import { addNews2UseRoutes } from './news2-use-routes.ts';
import { addObservationRoutes } from './observation-routes.ts';
import { addOpenIdSignInRoutes } from './openid-sign-in-routes.ts';
import { addOperationsRoutes, type Operations } from './operations-routes.ts';
import { addPatientRoutes } from './patient-routes.ts';
import { ProblemError } from './problem-details.ts';
import { refreshedClinician, refuseRefreshOfSession } from './refreshed-clinician.ts';
import type { RefusalLog } from './refusal-log.ts';
import { relayTransport } from './relay-transport.ts';
import { addRevocationListRoutes } from './revocation-list-routes.ts';
import { takeCookies } from './session-cookie.ts';
import { SessionFeeds } from './session-feeds.ts';
import { addSessionRoutes } from './session-routes.ts';
import { addShelfRoutes } from './shelf-routes.ts';
import type { SystemFacts } from './system-routes.ts';
import type { UnauthenticatedSockets } from './unauthenticated-sockets.ts';

export interface ClinicianListenerOptions {
  readonly tls: { readonly key: string; readonly cert: string };
  readonly registry: Registry;
  readonly keys: TokenKeySchedule;
  readonly feed: FeedService;
  readonly figures: WardFigures;
  readonly sessions: SessionTable;
  readonly observations: ObservationPort;
  readonly store: TelemetryStore;
  readonly backtests: Backtests;
  readonly operations: Operations;
  readonly system: () => SystemFacts;
  readonly heartbeat: Heartbeat;
  readonly unauthenticated: UnauthenticatedSockets;
  readonly denials: RefusalLog;
  readonly lists: PublishedLists;
  readonly isDraining: () => boolean;
  readonly clock: Clock;
  readonly log: Log;
  readonly audit: DoorAudit;
  readonly issuer: string;
  /** An external provider of tokens; null: only those of this service hold. */
  readonly provider: OpenIdProvider | null;
  /** How sessions of the console begin, and what people call the provider that they may sign in through. */
  readonly sessionBeginning: SessionBeginning;
  readonly openIdName: string | null;
  /** Sign-in at the console through the provider; null: it is not offered. */
  readonly signIn: OpenIdSignIn | null;
  /** Where people open the console, as configured; null: not. */
  readonly consoleUrl: string | null;
  /** Where the built page of the console is. */
  readonly consoleDirectory: string;
}

/** Of every answer under /v1, unless its route says otherwise: a workstation's disk is no place for patients' values. */
const API_HEADERS = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' } as const;

/** The listener of clinicians, admins and monitoring: feed, REST, health and metrics. */
export async function createClinicianListener(options: ClinicianListenerOptions): Promise<FastifyInstance> {
  const { registry, keys, clock, issuer, provider, log, audit, feed } = options;
  const app = await createListener({
    isDraining: options.isDraining,
    name: 'clinician',
    tls: options.tls,
    maxMessageBytes: MAX_FEED_MESSAGE_BYTES,
    subprotocols: [FEED_SUBPROTOCOL],
    clock,
    log,
    audit,
    denials: options.denials,
    unauthenticated: options.unauthenticated,
  });
  app.addHook('onRequest', async (request, reply) => {
    if (request.url.startsWith('/v1/')) reply.headers(API_HEADERS);
  });
  const verify = (token: string) => verifyClinician({ keys, issuer, provider }, token, clock.now());
  await takeCookies(app);
  const authenticate = authenticateBy({ ...options, verify });
  const sessionFeeds = new SessionFeeds(registry);
  app.addHook('onClose', async () => sessionFeeds[Symbol.dispose]());
  const callers = new WeakMap<FastifyRequest, Caller>();

  app.get(
    '/v1/feed',
    {
      websocket: true,
      preValidation: async (request: FastifyRequest) => {
        const caller = await authenticate(request);
        if (!request.ws) throw new ProblemError('upgrade_required', '/v1/feed is a WebSocket');
        if (!offeredSubprotocols(request.headers['sec-websocket-protocol']).includes(FEED_SUBPROTOCOL)) {
          throw new ProblemError(
            'subprotocol_required',
            `offer ${FEED_SUBPROTOCOL} in Sec-WebSocket-Protocol`,
          );
        }
        callers.set(request, caller);
      },
    },
    (socket: WebSocket, request: FastifyRequest) => {
      const caller = callers.get(request);
      if (!caller) return socket.terminate();
      open(socket, request.raw.socket, caller);
    },
  );

  /** Handlers are attached in this turn: a frame that comes with the upgrade would be lost otherwise. */
  function open(socket: WebSocket, stream: Socket, caller: Caller): void {
    const { principal, tokenExpires, session: signedIn } = caller;
    const session = feed.admit({
      id: randomUUID(),
      principal,
      transport: relayTransport(socket, stream),
      tokenExpires,
      verifyToken: signedIn === null ? (token) => refreshedClinician(verify(token)) : refuseRefreshOfSession,
    });
    const alive = options.heartbeat.watch(socket, () => session.close(4408, 'heartbeat lost'));
    socket.on('message', (data: Buffer, binary: boolean) => {
      alive();
      if (binary) session.close(4400, `${FEED_SUBPROTOCOL} takes text frames`);
      else session.receive(data.toString('utf8'));
    });
    socket.on('error', (error) =>
      log.warn(
        { event: 'socket_error', clinician: principal.id, reason: error.message },
        'feed socket error',
      ),
    );
    socket.on('close', (code) => {
      feed.left(session, code);
      if (signedIn !== null) sessionFeeds.closed(signedIn, session);
    });
    if (signedIn !== null) sessionFeeds.opened(signedIn, session);
  }

  addSessionRoutes(app, { ...options, authenticate, sessions: options.sessionBeginning });
  const { observations, store, signIn, sessionBeginning } = options;
  if (signIn !== null) addOpenIdSignInRoutes(app, { ...options, signIn, sessions: sessionBeginning });
  addObservationRoutes(app, { authenticate, registry, clock, observations, store });
  const alarms: FeedService['alarms'] = (...query) => feed.alarms(...query);
  addNews2HistoryRoutes(app, { authenticate, registry, clock, store, alarms });
  addPatientRoutes(app, { authenticate, registry, feed, store: options.store, clock });
  addAlarmRoutes(app, { authenticate, registry, feed, clock, audit });
  addFiguresRoutes(app, { authenticate, registry, figures: options.figures, clock });
  addBacktestRoutes(app, { authenticate, registry, backtests: options.backtests, clock });
  addBreakGlassRoutes(app, { authenticate, registry, clock, log, audit });
  addLimitRoutes(app, { authenticate, registry, clock, audit });
  addShelfRoutes(app, { authenticate, registry, clock, audit });
  addNews2UseRoutes(app, { authenticate, registry, audit });
  addAdminRoutes(app, { ...options, authenticate });
  addOperationsRoutes(app, options.operations);
  addRevocationListRoutes(app, { lists: options.lists, clock });
  await addConsoleFiles(app, options.consoleDirectory);
  app.get(
    '/.well-known/jwks.json',
    { schema: { summary: 'Public keys of tokens (RFC 7517)', tags: ['identity'] } },
    () => keys.current(clock.now()).jwks,
  );
  app.get('/openapi.json', { schema: { hide: true } }, () => app.swagger());
  return app;
}
