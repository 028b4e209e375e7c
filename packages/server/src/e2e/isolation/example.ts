import { type ApiDocument, type JsonSchema } from './document.js';
import { type MarkedNames } from './marker.js';

/** Which of several valid-looking values are made. */
export interface Taste {
  /** Free text: a canary also where the schema has an example. */
  readonly canaries: boolean;
  readonly optionals: boolean;
  /** Ids, codes and the like: new ones, where the pattern allows them. */
  readonly newNames: boolean;
  /** Which of `oneOf`, and of an `enum`. */
  readonly choice: number;
  /** Instead of `optionals`: of the outermost object this one only. */
  readonly optional?: string;
  /** Instants and days: far ahead. */
  readonly later: boolean;
}

const DEPTH_LIMIT = 8;
const NAME_LIKE = /(code|slug|id|key|name|number|prefix)$/i;
const FAR_INSTANT = '2031-05-06T07:08:09Z';

/** Makes values that look valid, from schemas alone. */
export class Examples {
  constructor(
    private readonly document: Pick<ApiDocument, 'schemas'>,
    private readonly names: MarkedNames,
  ) {}

  /** `name` is that of the field or parameter. */
  of(schema: JsonSchema, name: string, taste: Taste, depth = 0): unknown {
    const known = this.resolved(schema);
    const chosen = this.chosen(known, taste);
    if (chosen !== known) return this.of({ ...chosen, ...exampleOf(known) }, name, taste, depth);
    if (known.const !== undefined) return known.const;
    if (known.enum) return known.enum[taste.choice % known.enum.length];
    if (known.properties && depth < DEPTH_LIMIT) return this.object(known, taste, depth);
    const type = typeOf(known);
    if (type === 'array') return known.items ? [this.of(known.items, name, taste, depth + 1)] : [];
    if (type === 'string') return this.text(known, name, taste);
    return known.example ?? known.default ?? plainValue(known, type);
  }

  resolved(schema: JsonSchema): JsonSchema {
    if (schema.$ref === undefined) return schema;
    const { $ref, ...own } = schema;
    const target = this.document.schemas[$ref.split('/').at(-1) ?? ''];
    if (!target) throw new Error(`the document has no ${$ref}`);
    return { ...this.resolved(target), ...own };
  }

  private chosen(schema: JsonSchema, { choice }: Taste): JsonSchema {
    const options = schema.oneOf ?? schema.anyOf;
    if (options) return options[choice % options.length] ?? schema;
    if (!schema.allOf) return schema;
    return Object.assign({}, ...schema.allOf.map((part) => this.resolved(part))) as JsonSchema;
  }

  private object(schema: JsonSchema, taste: Taste, depth: number): Record<string, unknown> {
    const required = schema.required ?? [];
    const fields = Object.entries(schema.properties ?? {}).filter(
      ([name, { not }]) => !not && (required.includes(name) || isWanted(name, taste, depth)),
    );
    return Object.fromEntries(fields.map(([name, field]) => [name, this.of(field, name, taste, depth + 1)]));
  }

  private text(schema: JsonSchema, name: string, taste: Taste): string {
    const { format, pattern, example, maxLength = 255 } = schema;
    if (format === 'email') return this.names.email();
    if (format === 'date-time' && taste.later) return FAR_INSTANT;
    if (format === 'date' && taste.later) return FAR_INSTANT.slice(0, 10);
    if (taste.newNames && NAME_LIKE.test(name)) {
      const code = this.names.code();
      if (new RegExp(pattern ?? '', 'u').test(code)) return code;
    }
    const isFree = format === undefined && pattern === undefined;
    if (typeof example === 'string' && !(isFree && taste.canaries)) return example;
    if (format === 'uri') return `https://example.com/${this.names.canary()}`;
    return this.names.canary().slice(0, maxLength);
  }
}

function isWanted(name: string, { optionals, optional }: Taste, depth: number): boolean {
  return optionals || (depth === 0 && name === optional);
}

function exampleOf({ example }: JsonSchema): JsonSchema {
  return typeof example === 'string' || typeof example === 'number' ? { example } : {};
}

function typeOf({ type, properties }: JsonSchema): string {
  const [first] = typeof type === 'string' ? [type] : (type ?? []);
  return first ?? (properties ? 'object' : 'string');
}

function plainValue({ minimum, maximum }: JsonSchema, type: string): unknown {
  switch (type) {
    case 'integer':
    case 'number':
      return Math.min(Math.max(1, minimum ?? 1), maximum ?? Number.MAX_SAFE_INTEGER);
    case 'boolean':
      return true;
    case 'null':
      return null;
    default:
      return {};
  }
}
