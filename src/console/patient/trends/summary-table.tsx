import { vitalName, vitalUnit, vitalValue } from '../../text/quantities.ts';
import { text } from '../../text/text.ts';
import { Scrolls } from '../scrolls.tsx';
import type { Track } from './trend-series.ts';
import { summaryOf } from './trend-summary.ts';

/** The charts in numbers: for whom a picture says nothing, and for whoever wants the extremes. */
export function SummaryTable({ tracks }: { tracks: readonly Track[] }) {
  const words = text.patient.trends.summary;
  return (
    <details class="trend-summary">
      <summary>{words.title}</summary>
      <Scrolls label={words.title}>
        <table>
          <thead>
            <tr>
              <th scope="col">{words.vital}</th>
              <th scope="col">{words.min}</th>
              <th scope="col">{words.mean}</th>
              <th scope="col">{words.max}</th>
              <th scope="col">{words.count}</th>
            </tr>
          </thead>
          <tbody>
            {summaryOf(tracks).map(({ vital, min, mean, max, count }) => (
              <tr key={vital}>
                <th scope="row">
                  {vitalName(vital)} <span class="quiet">{vitalUnit(vital)}</span>
                </th>
                <td>{vitalValue(vital, min)}</td>
                <td>{vitalValue(vital, mean)}</td>
                <td>{vitalValue(vital, max)}</td>
                <td>{count}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scrolls>
    </details>
  );
}
