import type { PartState } from '../parts/state-mark.tsx';

/** The state of the service as `GET /v1/system` gives it. Times are epoch ms. */
export interface SystemAnswer {
  readonly time: number;
  readonly version: string;
  readonly started: number;
  readonly uptime_s: number;
  /** The worst of the parts. */
  readonly state: PartState;
  readonly parts: Readonly<Record<string, { readonly state: PartState; readonly detail: string }>>;
  readonly journal: {
    readonly condition: string;
    readonly waiting_for_disk: {
      readonly records: number;
      readonly bytes: number;
      readonly oldest_ms: number;
    };
    readonly waiting_for_store: {
      readonly batches: number;
      readonly records: number;
      readonly bytes: number;
    };
  };
  readonly store: {
    readonly kind: 'sqlite' | 'influxdb';
    readonly state: 'idle' | 'writing' | 'retrying' | 'denied' | 'stopped';
    readonly takes: boolean;
    /** Null: it takes what is written. */
    readonly failing_since: number | null;
    readonly last_error: { readonly code: string; readonly message: string } | null;
    readonly lag_ms: number;
    readonly records_per_second: number;
    /** Points it refused since the start. */
    readonly quarantined: number;
  };
  readonly connected: { readonly devices: number; readonly clinicians: number };
  readonly alarms: { readonly unattended: number };
  readonly certificates: {
    readonly within_days: number;
    readonly ending: number;
    readonly expired: number;
    readonly missing: number;
  };
}
