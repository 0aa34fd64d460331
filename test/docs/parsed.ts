import { Compile } from 'typebox/schema';
import { parse } from 'yaml';
import { page } from './pages.ts';

export type Schema = Readonly<Record<string, unknown>>;

interface Message {
  readonly payload: Schema & { readonly properties: { readonly type: { readonly const: string } } };
  readonly examples: readonly { readonly payload: Readonly<Record<string, unknown>> }[];
}

interface Operation {
  readonly action: string;
  readonly messages: readonly { readonly $ref: string }[];
}

export interface AsyncApi {
  readonly asyncapi: string;
  readonly channels: Readonly<Record<string, { readonly messages: Schema }>>;
  readonly operations: Readonly<Record<string, Operation>>;
  readonly components: { readonly messages: Readonly<Record<string, Message>>; readonly schemas: Schema };
}

export interface Route {
  readonly summary?: string;
  readonly security?: readonly unknown[];
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema: Schema }>> }>
  >;
}

export interface OpenApi {
  readonly openapi: string;
  readonly paths: Readonly<
    Record<string, Readonly<Record<string, Route>> & { readonly servers: readonly unknown[] & Route }>
  >;
  readonly components: {
    readonly schemas: {
      readonly ProblemDetails: {
        readonly properties: { readonly code: { readonly enum: readonly string[] } };
      };
    };
  };
}

export const asyncApi: AsyncApi = parse(page('docs/asyncapi.yaml'));
export const openApi: OpenApi = JSON.parse(page('docs/openapi.json'));

/** What is wrong with a value by a schema of a document, whose components the schema may refer to; empty: nothing. */
export function faultsOf(document: AsyncApi | OpenApi, schema: Schema, value: unknown): readonly unknown[] {
  const [ok, errors] = Compile({ ...schema, components: document.components }).Errors(value);
  return ok ? [] : errors;
}
