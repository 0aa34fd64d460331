import { text } from '../text/text.ts';

export function AdminView() {
  return (
    <h1>
      {text.shell.title}
      {text.shell.loading}
    </h1>
  );
}
