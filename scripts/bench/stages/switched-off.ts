/** Stages of a frame's way that can be taken out of a server that is measured. */
export const STAGES = ['journal', 'store', 'alarms', 'acks'] as const;
export type Stage = (typeof STAGES)[number];

const SOURCE = new URL('../../../src/', import.meta.url);
const OFF = new URL('./off/', import.meta.url);

/** Modules of the product, and what is put in the place of each. */
const IN_PLACE_OF: Readonly<Record<Stage, readonly (readonly [sound: string, off: string])[]>> = {
  journal: [['journal/journal-sqlite.ts', 'journal-off.ts']],
  store: [
    ['store/store-influxdb.ts', 'influx-store-off.ts'],
    ['store/store-sqlite.ts', 'sqlite-store-off.ts'],
  ],
  alarms: [['ingest/alarm-desk.ts', 'alarms-off.ts']],
  acks: [['ingest/ack-schedule.ts', 'acks-off.ts']],
};

/** URLs of the modules that are replaced when a stage is off, and of what replaces them. */
export function replacements(stage: Stage): ReadonlyMap<string, string> {
  return new Map(
    IN_PLACE_OF[stage].map(([sound, off]) => [new URL(sound, SOURCE).href, new URL(off, OFF).href]),
  );
}

/** Node's arguments for a server without a stage. The product itself has no such switch. */
export function withoutStage(stage: Stage): readonly string[] {
  const plant = new URL('./plant.ts', import.meta.url);
  plant.searchParams.set('off', stage);
  return ['--import', plant.href];
}
