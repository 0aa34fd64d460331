import type { BenchResult, Figure } from '../benchmark.ts';
import type { FleetCapacity, FleetSize } from './fleet-capacity.ts';
import { bytesADay, devicesACore, ratePerCore } from './sizing.ts';
import type { StoreCapacity } from './store-capacity.ts';

export interface CapacityMeasured {
  readonly size: Pick<FleetSize, 'devices' | 'denseRate' | 'metered'>;
  readonly fleet: FleetCapacity;
  /** Null: InfluxDB is not here. */
  readonly influx: StoreCapacity | null;
  readonly embedded: StoreCapacity;
}

/** Of a core, for what comes steadily; the rest is for storms, backlogs and garbage. */
const SHARE = 0.6;
/** One moment of three vitals in each. */
const FRAMES_A_SECOND = 1;
const MB = 1_000_000;

/** The figures of docs/capacity.md, in its order. */
export function capacityFigures({ size, fleet, influx, embedded }: CapacityMeasured): BenchResult {
  const disk = diskADay(influx, embedded);
  const { paced, dense } = fleet;
  return {
    figures: [
      ...coreFigures(fleet),
      ...storeFigures(influx, embedded),
      ...diskFigures(fleet, disk),
      ...wireFigures(fleet),
    ],
    blocks: [paced, dense].map(({ subject, acked, journaled }) => ({ subject, acked, journaled })),
    charts: [
      {
        kind: 'bars',
        title: 'Disk a device a day, one moment of three vitals a second',
        y: { label: 'MB a device and day' },
        bars: disk.map(({ store, bytes }) => ({ name: store, value: bytes / MB })),
      },
    ],
    notes: [
      ...fleet.notes,
      `${size.devices} devices, ${paced.acked} frames at their pace (one a second each), ${dense.acked} dense (${size.denseRate}/s); ${size.metered} more behind a relay that counts bytes`,
      ...(influx === null
        ? []
        : [`InfluxDB's disk: ${influx.points} points of three vitals, data and WAL, ${influx.as}`]),
      `telemetry.db: ${embedded.points} points of three vitals, ${embedded.as}; a day is ${bytesADay(1, FRAMES_A_SECOND)} moments`,
      `alarms.db: ${fleet.alarms.events} events, delivered to nobody`,
      `${fleet.resumed} of ${size.devices} came back with a resumed TLS session`,
    ],
  };
}

function coreFigures(fleet: FleetCapacity): readonly Figure[] {
  const { paced, dense, idleUs, memoryKiB, baseKiB, fullUs, resumedUs } = fleet;
  const [frameUs, denseUs] = [paced.cpuUs / paced.acked, dense.cpuUs / dense.acked];
  const pace = { share: SHARE, framesASecond: FRAMES_A_SECOND };
  const percent = SHARE * 100;
  return [
    { name: 'CPU a frame at their pace', unit: 'us', value: frameUs },
    { name: 'CPU a frame, dense', unit: 'us', value: denseUs },
    { name: 'CPU of a silent device', unit: 'us/s', value: idleUs },
    {
      name: `devices a core at ${percent} %, by the cost at their pace`,
      unit: '',
      value: devicesACore({ ...pace, frameUs, idleUs: 0 }),
    },
    {
      name: `devices a core at ${percent} %, by the dense cost`,
      unit: '',
      value: devicesACore({ ...pace, frameUs: denseUs, idleUs }),
    },
    { name: 'memory a device', unit: 'KiB', value: memoryKiB },
    { name: 'memory without devices', unit: 'MiB', value: baseKiB / 1_024 },
    { name: 'CPU of a connect, full handshake', unit: 'us', value: fullUs },
    { name: 'CPU of a connect, resumed', unit: 'us', value: resumedUs },
    { name: 'reconnects a second and core, full', unit: '/s', value: ratePerCore(fullUs, 1) },
    { name: 'reconnects a second and core, resumed', unit: '/s', value: ratePerCore(resumedUs, 1) },
    {
      name: 'commits of the journal at their pace',
      unit: '/s',
      value: paced.commits / paced.seconds,
    },
    {
      name: 'commits of the journal, dense',
      unit: '/s',
      value: dense.commits / dense.seconds,
    },
  ];
}

function storeFigures(influx: StoreCapacity | null, embedded: StoreCapacity): readonly Figure[] {
  const of = (name: string, { pointsASecond, bytesAPoint }: StoreCapacity): readonly Figure[] => [
    { name: `${name}: points taken`, unit: '/s', value: pointsASecond },
    { name: `${name}: disk a point`, unit: 'bytes', value: bytesAPoint },
  ];
  return [...(influx === null ? [] : of('InfluxDB', influx)), ...of('telemetry.db', embedded)];
}

interface DiskADay {
  readonly store: string;
  readonly bytes: number;
}

function diskADay(influx: StoreCapacity | null, embedded: StoreCapacity): readonly DiskADay[] {
  const of = (store: string, { bytesAPoint }: StoreCapacity): DiskADay => ({
    ...{ store, bytes: bytesADay(bytesAPoint, FRAMES_A_SECOND) },
  });
  return [...(influx === null ? [] : [of('InfluxDB', influx)]), of('telemetry.db', embedded)];
}

function diskFigures({ paced, dense, alarms }: FleetCapacity, disk: readonly DiskADay[]): readonly Figure[] {
  return [
    ...disk.map(({ store, bytes }) => ({
      name: `${store}: a device and day`,
      unit: 'MB',
      value: bytes / MB,
    })),
    {
      name: 'journal.db: a frame, until the store has it',
      unit: 'bytes',
      value: paced.journalBytes / paced.acked,
    },
    { name: 'written to disk a frame, at their pace', unit: 'bytes', value: paced.diskBytes / paced.acked },
    { name: 'written to disk a frame, dense', unit: 'bytes', value: dense.diskBytes / dense.acked },
    { name: 'alarms.db: an event', unit: 'bytes', value: alarms.bytesAnEvent },
  ];
}

function wireFigures({ frameBytes, connectBytes }: FleetCapacity): readonly Figure[] {
  return [
    { name: 'a device sends, a frame a second', unit: 'bytes/s', value: frameBytes.up * FRAMES_A_SECOND },
    { name: 'a device receives', unit: 'bytes/s', value: frameBytes.down * FRAMES_A_SECOND },
    { name: 'a connect, full handshake: sent', unit: 'bytes', value: connectBytes.up },
    { name: 'a connect, full handshake: received', unit: 'bytes', value: connectBytes.down },
  ];
}
