import type { Problem } from '../server/problem.ts';
import { problemText } from '../shell/problem-text.ts';
import { text } from '../text/text.ts';

/** What the server refused, beside what was pressed, and read out at once. */
export function Refusal({ problem }: { problem: Problem | null }) {
  if (problem === null) return null;
  const own = (text.alarms.refused as Readonly<Record<string, string>>)[problem.code];
  return (
    <p class="refusal" role="alert">
      {own ?? problemText(problem)}
    </p>
  );
}
