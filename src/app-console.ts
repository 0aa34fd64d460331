import type { Config } from './config/config.ts';
import type { Clock } from './core/clock.ts';
import type { CodedError } from './core/coded-error.ts';
import type { SessionBeginning } from './identity/console-sessions.ts';
import { endDeactivatedSessions } from './identity/deactivated-sessions.ts';
import { sessionHolds } from './model/console-session.ts';
import type { DoorAudit } from './observe/audit-doors.ts';
import type { Metrics } from './observe/metrics.ts';
import type { Registry } from './registry/registry.ts';

export interface ConsoleOptions {
  readonly config: Pick<Config, 'console' | 'openId'>;
  readonly registry: Registry;
  readonly clock: Clock;
  readonly audit: DoorAudit;
  readonly metrics: Metrics;
  readonly onError: (error: CodedError) => void;
}

/** What the clinician listener is told of sign-in at the console. */
export interface ConsoleSessions extends Disposable {
  readonly listener: {
    readonly sessionBeginning: SessionBeginning;
    readonly openIdName: string | null;
    readonly consoleUrl: string | null;
  };
}

/** Looks after the sessions of the console, from now until it is disposed. */
export function openConsoleSessions(options: ConsoleOptions): ConsoleSessions {
  const { config, registry, clock, audit } = options;
  const { url: consoleUrl, sessionMs } = config.console;
  options.metrics.observed('vitalwire_console_sessions', 'Sessions of the console that hold.', () => {
    const now = clock.now();
    return registry.sessions().filter((session) => sessionHolds(session, now)).length;
  });
  const deactivated = endDeactivatedSessions(options);
  return {
    listener: {
      sessionBeginning: { registry, clock, audit, sessionMs },
      openIdName: config.openId?.signIn?.name ?? null,
      consoleUrl,
    },
    [Symbol.dispose]: () => deactivated[Symbol.dispose](),
  };
}
