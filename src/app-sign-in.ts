import type { Config, Secrets } from './config/config.ts';
import { consoleUrlOf } from './config/console-settings.ts';
import type { Clock } from './core/clock.ts';
import type { ConnectedOpenIdProvider } from './identity/openid-provider.ts';
import { OpenIdSignIn } from './identity/openid-sign-in.ts';

export interface SignInOptions {
  readonly config: Pick<Config, 'console' | 'openId'>;
  readonly secrets: Pick<Secrets, 'oidcClientSecret'>;
  readonly provider: ConnectedOpenIdProvider | null;
  readonly clock: Clock;
  /** Of the clinician listener, once it listens. */
  readonly port: () => number;
}

/** Where the provider leads people back to. */
const CALLBACK = '/v1/sign-in/openid/callback';

/** Sign-in at the console through the provider; null where it is not offered. */
export function openIdSignIn({ config, secrets, provider, clock, port }: SignInOptions): OpenIdSignIn | null {
  const signIn = config.openId?.signIn ?? null;
  if (provider === null || signIn === null) return null;
  const { clientId, scopes } = signIn;
  const redirectUri = (): string => consoleUrlOf(config.console.url, port()) + CALLBACK;
  const client = { clientId, secret: secrets.oidcClientSecret, scopes, redirectUri };
  return new OpenIdSignIn({ provider, client, clock });
}
