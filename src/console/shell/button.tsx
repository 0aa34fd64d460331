import type { ComponentChildren } from 'preact';

export interface ButtonProps {
  readonly kind?: 'primary' | 'plain' | 'danger';
  readonly children: ComponentChildren;
  /** Where it leads, out of the page: a link that looks like a button. */
  readonly href?: string;
  readonly onClick?: () => void;
  readonly disabled?: boolean;
  readonly submit?: boolean;
  /** Where the content alone does not say what it does. */
  readonly label?: string;
  /** Whether what it switches is on. */
  readonly pressed?: boolean;
}

/** A button: at least 24 px high and wide (WCAG 2.2, 2.5.8), 44 on touch. */
export function Button(props: ButtonProps) {
  const { kind = 'plain', children, href, onClick, disabled, submit, label, pressed } = props;
  const look = `button ${kind}`;
  if (href !== undefined)
    return (
      <a class={look} href={href} aria-label={label}>
        {children}
      </a>
    );
  return (
    <button
      class={look}
      type={submit === true ? 'submit' : 'button'}
      disabled={disabled}
      aria-label={label}
      aria-pressed={pressed}
      onClick={onClick}
    >
      {children}
    </button>
  );
}
