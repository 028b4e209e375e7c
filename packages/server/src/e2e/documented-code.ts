import { readFile } from 'node:fs/promises';

const ROOT = new URL('../../../../', import.meta.url);

/** The first block of JavaScript of a page of the documentation, as a module. */
export async function documentedModule(path: string): Promise<Record<string, unknown>> {
  const page = await readFile(new URL(path, ROOT), 'utf8');
  const [, code] = /```js\n([\s\S]*?)```/.exec(page) ?? [];
  if (code === undefined) throw new Error(`${path} holds no JavaScript`);
  return import(`data:text/javascript,${encodeURIComponent(code)}`) as Promise<Record<string, unknown>>;
}
