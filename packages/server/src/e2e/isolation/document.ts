/** As much of JSON Schema as the document uses. */
export interface JsonSchema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly example?: unknown;
  readonly default?: unknown;
  readonly format?: string;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly oneOf?: readonly JsonSchema[];
  readonly anyOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
  readonly not?: JsonSchema;
}

export interface Parameter {
  readonly in: 'path' | 'query' | 'header';
  readonly name: string;
  readonly required?: boolean;
  readonly schema: JsonSchema;
}

/** An operation as the document tells it; nothing about it is known from elsewhere. */
export interface WalkedOperation {
  readonly id: string;
  readonly method: string;
  /** With parameters as `{name}`. */
  readonly path: string;
  /** Empty: needs no token. */
  readonly roles: readonly string[];
  readonly parameters: readonly Parameter[];
  readonly body: JsonSchema | null;
}

export interface ApiDocument {
  readonly operations: readonly WalkedOperation[];
  /** By the name behind `#/components/schemas/`. */
  readonly schemas: Readonly<Record<string, JsonSchema>>;
}

interface RawOperation {
  readonly operationId: string;
  readonly description?: string;
  readonly security?: readonly unknown[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: JsonSchema }>> };
}

interface RawDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, RawOperation>>>>;
  readonly components: { readonly schemas?: Readonly<Record<string, JsonSchema>> };
}

/** Throws when an operation asks for a token and does not say of which roles. */
export function readDocument(raw: unknown): ApiDocument {
  const { paths, components } = raw as RawDocument;
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => operationOf(path, method.toUpperCase(), operation)),
  );
  return { operations, schemas: components.schemas ?? {} };
}

function operationOf(path: string, method: string, raw: RawOperation): WalkedOperation {
  const [content] = Object.values(raw.requestBody?.content ?? {});
  return {
    id: raw.operationId,
    method,
    path,
    roles: rolesOf(raw),
    parameters: raw.parameters ?? [],
    body: content?.schema ?? null,
  };
}

function rolesOf({ operationId, security, description = '' }: RawOperation): string[] {
  if (security?.length === 0) return [];
  const [, list = ''] = /Roles: (.+)\.$/m.exec(description) ?? [];
  const roles = list.split(', ').map((role) => role.replaceAll('`', ''));
  if (roles[0] === '') throw new Error(`${operationId} needs a token, but its description names no roles`);
  return roles;
}

export function parametersIn(operation: WalkedOperation, place: Parameter['in']): Parameter[] {
  return operation.parameters.filter((parameter) => parameter.in === place);
}

export function takesHeader(operation: WalkedOperation, name: string): boolean {
  return parametersIn(operation, 'header').some(
    (parameter) => parameter.name.toLowerCase() === name.toLowerCase(),
  );
}

const DESTRUCTIVE = /close|erase|suspend|remove|delete|retire|cancel|revoke|release|void|import/i;

/** Whether it may take away what the walk is meant to find: by its name, as nothing else tells. */
export function isDestructive({ id, method, path }: WalkedOperation): boolean {
  return method === 'DELETE' || DESTRUCTIVE.test(id) || DESTRUCTIVE.test(path);
}
