import type { ResponseTimes } from '../alarms/subject-rules.ts';
import type { Bus } from '../bus/bus.ts';
import type { Clock, EpochMs } from '../core/clock.ts';
import type { CodedError } from '../core/coded-error.ts';
import type { LoggedAlarmEvent } from '../model/alarm.ts';
import type { DeviceId, PatientId } from '../model/ids.ts';
import type { Sample } from '../model/sample.ts';
import type { Registry } from '../registry/registry.ts';

/** What one frame brought for one subject. */
export interface DeskArrival {
  readonly device: DeviceId;
  readonly patient: PatientId | null;
  readonly samples: readonly Sample[];
  readonly received: EpochMs;
  readonly skew: number;
}

export interface AlarmDeskOptions {
  readonly registry: Registry;
  readonly bus: Bus;
  readonly times: ResponseTimes;
  /** For what the registry changes by itself; whatever else happens brings its time along. */
  readonly clock: Clock;
  /** Told of every event after it was relayed, so that it gets into the journal too. */
  readonly onEvent: (event: LoggedAlarmEvent) => void;
  /** Told of `alarm_judgement_failed`, which concerns one subject and nobody else. */
  readonly onError: (error: CodedError) => void;
}
