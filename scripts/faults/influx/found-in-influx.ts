import { CodedError } from '../../../src/core/coded-error.ts';
import type { InfluxAnswer, Influxd, InfluxSeries } from '../../rig/influxd-process.ts';
import type { Found, FoundMoment } from '../fleet/found.ts';

/**
 * The series of an answer to one statement, each in one piece or several: in one piece alone, a large answer does not say
 * whether it is whole.
 * @param pieces one JSON object a line
 * @throws CodedError `influxdb_refused`, `influxdb_cut_short`: what is not there would be taken for lost
 */
export function seriesOf(pieces: string): readonly InfluxSeries[] {
  const all: InfluxSeries[] = [];
  for (const line of pieces.split('\n')) {
    if (line.trim() === '') continue;
    const { results = [], error } = JSON.parse(line) as Partial<InfluxAnswer> & { readonly error?: string };
    const refused = error ?? results.find((result) => result.error !== undefined)?.error;
    if (refused !== undefined)
      throw new CodedError('influxdb_refused', `InfluxDB refused the oracle's question: ${refused}`);
    all.push(...results.flatMap(({ series = [] }) => series));
  }
  if (all.at(-1)?.partial === true)
    throw new CodedError('influxdb_cut_short', 'InfluxDB ended its answer amid a series');
  return all;
}

/**
 * The moments of one device.
 * @param series of heart rate and SpO2, each with its tags; times in microseconds
 */
export function momentsOf(
  device: string,
  series: readonly InfluxSeries[],
): { readonly moments: readonly FoundMoment[]; readonly corrupt: readonly string[] } {
  const moments: FoundMoment[] = [];
  const corrupt: string[] = [];
  for (const { tags = {}, values } of series) {
    const patient = tags.patient ?? '';
    for (const [micros, heart_rate, spo2] of values) {
      const t = Number(micros) / 1_000;
      if (!Number.isInteger(t)) corrupt.push(`${device} has a moment at ${micros} us, which no device sent`);
      moments.push({
        t,
        patient: patient === '' ? null : patient,
        heart_rate: heart_rate as number | null,
        spo2: spo2 as number | null,
      });
    }
  }
  return { moments, corrupt };
}

/** Reads every moment of InfluxDB with InfluxQL of its own, with nothing of the product's code in between. */
export async function foundInInflux(influxd: Influxd): Promise<Found> {
  const found = new Map<string, readonly FoundMoment[]>();
  const unreadable: string[] = [];
  const [devices] = seriesOf(await influxd.pieces('SHOW TAG VALUES FROM "vitals" WITH KEY = "device"'));
  for (const [, device] of devices?.values ?? []) {
    const name = String(device);
    const { moments, corrupt } = momentsOf(
      name,
      seriesOf(
        await influxd.pieces(
          `SELECT "heart_rate", "spo2" FROM "vitals" WHERE "device" = '${name}' GROUP BY *`,
        ),
      ),
    );
    // Whose points hold neither is nobody's moment: what a scenario put there itself.
    if (moments.length > 0) found.set(name, moments);
    unreadable.push(...corrupt);
  }
  return { moments: found, corrupt: unreadable, disordered: [] };
}
