import { Link } from 'wouter-preact';
import { text } from '../text/text.ts';

export function NotFound() {
  return (
    <section class="page">
      <h1>{text.shell.not_found}</h1>
      <p>
        <Link href="/">{text.shell.to_ward}</Link>
      </p>
    </section>
  );
}
