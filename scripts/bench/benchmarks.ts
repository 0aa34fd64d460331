import { BACKTEST } from './backtest-bench.ts';
import type { Benchmark } from './benchmark.ts';
import { CAPACITY } from './capacity/capacity-bench.ts';
import { CONSOLE } from './console/console-bench.ts';
import { COST } from './cost/cost.ts';
import { FAN_OUT } from './fan-out/fan-out.ts';
import { GROWTH } from './growth/growth.ts';
import { HANDSHAKE } from './handshake/handshake.ts';
import { INFLUX } from './influx/influx.ts';
import { MOSQUITTO } from './mosquitto/mosquitto.ts';
import { RELAY } from './relay/relay.ts';
import { SLOW_CLINICIANS } from './slow-clinicians/slow-clinicians.ts';
import { STAGE_COSTS } from './stages/stages.ts';
import { WAVEFORMS } from './waveforms/waveforms.ts';
import { WEBSOCKET } from './websocket/websocket.ts';

/** Every benchmark there is: a further one is one more entry. */
export const BENCHMARKS: readonly Benchmark[] = [
  COST,
  STAGE_COSTS,
  GROWTH,
  HANDSHAKE,
  RELAY,
  FAN_OUT,
  SLOW_CLINICIANS,
  BACKTEST,
  WAVEFORMS,
  WEBSOCKET,
  CAPACITY,
  CONSOLE,
  MOSQUITTO,
  INFLUX,
];
