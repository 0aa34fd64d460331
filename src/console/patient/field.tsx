import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';

/** What ties an input to its label and to what is wrong with it. */
export interface FieldIds {
  readonly id: string;
  readonly 'aria-invalid': boolean;
  readonly 'aria-describedby': string | undefined;
}

export interface FieldProps {
  readonly label: string;
  /** What is wrong with what was entered; absent: nothing. */
  readonly fault?: string | undefined;
  /** The input, with these attributes. */
  readonly children: (ids: FieldIds) => ComponentChildren;
}

/** A labelled input, and below it what is wrong with it. */
export function Field({ label, fault, children }: FieldProps) {
  const id = useId();
  const wrong = `${id}-fault`;
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children({
        id,
        'aria-invalid': fault !== undefined,
        'aria-describedby': fault === undefined ? undefined : wrong,
      })}
      {fault !== undefined && (
        <p class="field-fault" id={wrong} role="alert">
          {fault}
        </p>
      )}
    </div>
  );
}
