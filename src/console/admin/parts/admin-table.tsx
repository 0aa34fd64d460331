import type { ComponentChildren } from 'preact';
import { text } from '../../text/text.ts';

export interface AdminTableProps {
  readonly name: string;
  /** Heads by the names of the columns, in their order. */
  readonly columns: Readonly<Record<string, string>>;
  /** Whether a last column holds what can be done. */
  readonly acts: boolean;
  /** Rows; each cell has its head in `data-label`, for where there is no room for a table. */
  readonly children: ComponentChildren;
}

/** A table that scrolls by itself where it is too wide, and is a list of cards on a phone. */
export function AdminTable({ name, columns, acts, children }: AdminTableProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be in reach of the keyboard
    <section class="scrolls" aria-label={name} tabIndex={0}>
      <table class="admin-table">
        <thead>
          <tr>
            {Object.entries(columns).map(([column, label]) => (
              <th scope="col" key={column}>
                {label}
              </th>
            ))}
            {acts && <th scope="col">{text.admin.acts}</th>}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </section>
  );
}
