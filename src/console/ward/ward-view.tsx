import { useSearch } from 'wouter-preact';
import { useConsole } from '../console-parts.ts';
import { text } from '../text/text.ts';
import { Elsewhere } from './elsewhere.tsx';
import { chosenWard, WardChoice } from './ward-choice.tsx';
import { WardGrid } from './ward-grid.tsx';

/** Everybody whom the reader watches, most urgent first. */
export function WardView() {
  const { ward, feed } = useConsole();
  const search = useSearch();
  const all = [...ward.patients.value.values()];
  const wards = [...new Set(all.map((patient) => patient.ward.value))].toSorted();
  const chosen = chosenWard(search, wards);
  const patients = chosen === null ? all : all.filter((patient) => patient.ward.value === chosen);
  const told = feed.state.value.kind !== 'connecting' || all.length > 0;
  return (
    <section class="ward">
      <h1 class="hidden">{chosen === null ? text.shell.ward : text.ward.ward(chosen)}</h1>
      {wards.length > 1 && <WardChoice wards={wards} chosen={chosen} shown={patients.length} />}
      <Elsewhere />
      {patients.length > 0 ? <WardGrid patients={patients} /> : <Nobody told={told} />}
    </section>
  );
}

function Nobody({ told }: { told: boolean }) {
  if (!told) return <p role="status">{text.shell.loading}</p>;
  return (
    <div class="nobody">
      <p>
        <strong>{text.ward.nobody}</strong>
      </p>
      <p>{text.ward.nobody_cure}</p>
    </div>
  );
}
