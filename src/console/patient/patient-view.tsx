import { text } from '../text/text.ts';

export function PatientView({ patient }: { patient: string }) {
  return (
    <h1>
      {patient}
      {text.shell.loading}
    </h1>
  );
}
