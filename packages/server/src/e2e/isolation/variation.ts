/** One text as each part of a request could carry it; absent where it cannot. */
export interface Carried {
  /** Encoded for the address. */
  readonly path?: string;
  /** Encoded; several are sent as duplicates. */
  readonly query?: readonly string[];
  readonly header?: string | readonly string[];
  readonly body?: unknown;
}

export interface Variation {
  readonly name: string;
  readonly of: (text: string) => Carried;
}

const encoded = encodeURIComponent;
/** How much of an identifier a search for its beginning is given. */
export const PREFIX_LENGTH = 6;

function everywhere(change: (text: string) => string): (text: string) => Carried {
  return (text) => {
    const changed = change(text);
    return { path: encoded(changed), query: [encoded(changed)], header: changed, body: changed };
  };
}

/** Ways to smuggle an identifier past a check, the plain one first. */
export const VARIATIONS: readonly Variation[] = [
  { name: 'plain', of: everywhere((text) => text) },
  { name: 'upper case', of: everywhere((text) => text.toUpperCase()) },
  { name: 'trailing space', of: everywhere((text) => `${text} `) },
  { name: 'leading space', of: everywhere((text) => ` ${text}`) },
  { name: 'partition key', of: everywhere((text) => `TENANT#${text}`) },
  { name: 'item id', of: everywhere((text) => `TENANT#${text}#MASTER`) },
  { name: 'prefix', of: everywhere((text) => text.slice(0, PREFIX_LENGTH)) },
  { name: 'wildcard', of: everywhere((text) => `${text.slice(0, PREFIX_LENGTH)}%`) },
  { name: 'quote', of: everywhere((text) => `${text}' or '1'='1`) },
  { name: 'separator', of: everywhere((text) => `${text}#`) },
  {
    name: 'list',
    of: (text) => ({
      path: encoded(`x,${text}`),
      query: ['x', encoded(text)],
      header: ['x', text],
      body: [text],
    }),
  },
  {
    name: 'list, reversed',
    of: (text) => ({ query: [encoded(text), 'x'], header: [text, 'x'], body: ['x', text] }),
  },
  {
    name: 'object',
    of: (text) => ({ query: [encoded(JSON.stringify({ eq: text }))], body: { $ne: text, eq: text } }),
  },
  {
    name: 'NUL',
    of: (text) => ({ path: `${encoded(text)}%00`, query: [`${encoded(text)}%00`], body: `${text}\0` }),
  },
  {
    name: 'encoded twice',
    of: (text) => ({ path: encoded(encoded(text)), query: [encoded(encoded(text))] }),
  },
  {
    name: 'traversal',
    of: (text) => ({ path: `x/../${encoded(text)}`, query: [`..%2f${encoded(text)}`], body: `../${text}` }),
  },
  {
    name: 'encoded traversal',
    of: (text) => ({ path: `..%2f..%2ftenants%2f${encoded(text)}`, body: `../../tenants/${text}` }),
  },
  { name: 'slash at the end', of: (text) => ({ path: `${encoded(text)}/` }) },
  { name: 'matrix', of: (text) => ({ path: `x;tenant=${encoded(text)}` }) },
];

/** Credentials made of an identifier, next to the attacker's own. */
export function credentials(own: string | null, text: string): readonly (string | readonly string[])[] {
  const made = [`Bearer ${text}`, `Basic ${Buffer.from(`${text}:`).toString('base64')}`, text];
  if (own === null) return made;
  return [...made, `${own}, Bearer ${text}`, [own, `Bearer ${text}`], `${own}.${text}`];
}
