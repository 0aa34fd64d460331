import * as sound from '../../../../src/ingest/alarm-desk.ts';

/** In the place of the class of the same name: it judges no value, and misses none either. */
export class AlarmDesk extends sound.AlarmDesk {
  override evaluate(): void {}

  override sweep(): void {}
}
