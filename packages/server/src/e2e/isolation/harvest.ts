import { withoutMinted } from './comparison.js';
import { jsonValues, type WireAnswer } from './wire.js';

const LENGTH_LIMIT = 300;

interface Origin {
  readonly fields: Set<string>;
  /** Paths of the operations that answered it. */
  readonly paths: Set<string>;
}

/** Texts that somebody's answers held, with where they stood. */
export class Harvest {
  private readonly origins = new Map<string, Origin>();

  /** `marker`: whose it is. Names with it must not decide what comes first, nor may ids of the server's making. */
  constructor(private readonly marker: string) {}

  add(field: string, text: string, path = ''): void {
    if (text === '' || text.length > LENGTH_LIMIT) return;
    const origin = this.origins.get(text) ?? { fields: new Set(), paths: new Set() };
    origin.fields.add(field);
    origin.paths.add(path);
    this.origins.set(text, origin);
  }

  /** `path` is that of the operation, as in the document. */
  addAnswer({ text, headers }: WireAnswer, path: string): void {
    if (headers.etag !== undefined) this.add('If-Match', headers.etag, path);
    for (const value of jsonValues(text, headers['content-type'])) this.addJson('', value, path);
  }

  has(text: string): boolean {
    return this.origins.has(text);
  }

  texts(): string[] {
    return [...this.origins.keys()];
  }

  /**
   * Those of fields that could mean the parameter (`prefix` is also in `keyPrefix`, `userId` also in `id`);
   * first those that its own collection answered.
   */
  candidates(parameter: string, operationPath = ''): string[] {
    const fitting = [...this.origins].filter(([, { fields }]) =>
      [...fields].some((field) => couldMean(field, parameter)),
    );
    const near = ({ paths }: Origin) =>
      [...paths].some((path) => path && operationPath.startsWith(`${path}/`));
    return fitting
      .sort(([, left], [, right]) => Number(near(right)) - Number(near(left)))
      .map(([text]) => text);
  }

  private inOrder(values: readonly unknown[]): unknown[] {
    const rank = (value: unknown) => withoutMinted(JSON.stringify(value).replaceAll(this.marker, '<own>'));
    const ranked = values.map((value) => ({ value, rank: rank(value) }));
    return ranked.sort((one, other) => (one.rank < other.rank ? -1 : 1)).map(({ value }) => value);
  }

  private addJson(field: string, value: unknown, path: string): void {
    if (typeof value === 'string') this.add(field, value, path);
    else if (Array.isArray(value)) for (const each of this.inOrder(value)) this.addJson(field, each, path);
    else if (typeof value === 'object' && value !== null) {
      for (const [name, each] of Object.entries(value)) this.addJson(name, each, path);
    }
  }
}

function couldMean(field: string, parameter: string): boolean {
  const [name, wanted] = [field.toLowerCase(), parameter.toLowerCase()];
  return name !== '' && (name.endsWith(wanted) || wanted.endsWith(name));
}
