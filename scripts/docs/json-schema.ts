/** A JSON Schema as it stands in a document: what TypeBox schemas are once their hidden keys are gone. */
export interface JsonSchema {
  readonly [key: string]: unknown;
}

/** The schema as plain JSON, free to be changed. */
export function plain(schema: object): JsonSchema {
  return JSON.parse(JSON.stringify(schema)) as JsonSchema;
}

function isObject(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether a value in a document is a schema that others share: an object with a title that `shared` names. */
function titleOf(value: JsonSchema, shared: ReadonlySet<string>): string | null {
  return typeof value.title === 'string' && shared.has(value.title) ? value.title : null;
}

/**
 * Replaces every schema whose title is in `shared` by a reference to the component of that name, so that a document
 * says it once.
 */
export function withReferences(value: unknown, shared: ReadonlySet<string>): unknown {
  if (Array.isArray(value)) return value.map((item) => withReferences(item, shared));
  if (!isObject(value)) return value;
  const title = titleOf(value, shared);
  if (title !== null) return { $ref: `#/components/schemas/${title}` };
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withReferences(item, shared)]));
}

/** The content of a component: its own references are made, itself is not one. */
export function component(schema: JsonSchema, shared: ReadonlySet<string>): JsonSchema {
  const { title, ...rest } = schema;
  return { title, ...(withReferences(rest, shared) as JsonSchema) };
}
