import type { Metrics } from '../observe/metrics.ts';
import type { OpenIdKeyFigures } from './openid-keys.ts';

/** Shows the provider's keys as metrics; all are 0 where no provider is configured. */
export function observeOpenIdKeys(metrics: Metrics, figures: () => OpenIdKeyFigures | null): void {
  metrics.observed(
    'vitalwire_identity_provider_keys',
    'Keys of the OpenID provider that verify now; with 0 nobody signs in through it.',
    () => figures()?.keys ?? 0,
  );
  metrics.observed(
    'vitalwire_identity_provider_keys_age_seconds',
    'Since the keys of the OpenID provider were fetched.',
    () => (figures()?.ageMs ?? 0) / 1_000,
  );
  metrics.observed(
    'vitalwire_identity_provider_fetches',
    'Fetches of the keys of the OpenID provider since the start.',
    () => figures()?.fetches ?? 0,
  );
  metrics.observed(
    'vitalwire_identity_provider_failed_fetches',
    'Those of them that failed.',
    () => figures()?.failedFetches ?? 0,
  );
}
