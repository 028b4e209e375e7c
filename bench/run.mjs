// `node bench/run.mjs [name...]`: runs the comparisons, prints them, and writes those it ran to RESULTS.md.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';

const NAMES = ['drivers', 'engines', 'notify', 'snapshots', 'validation', 'decimals', 'consume'];
const RESULTS = fileURLToPath(new URL('RESULTS.md', import.meta.url));
const SECTION = /<!-- (\w+) -->\n([\s\S]*?)(?=\n<!-- \w+ -->\n|$)/g;

const wanted = process.argv.slice(2);
process.exitCode = await main(wanted.length > 0 ? wanted : NAMES);

async function main(names) {
  const unknown = names.filter((name) => !NAMES.includes(name));
  if (unknown.length > 0) return complain(`there is no ${unknown.join(', ')}; there are ${NAMES.join(', ')}`);
  if (!existsSync(new URL('node_modules', import.meta.url))) return complain('first: npm ci --prefix bench');
  if (!existsSync(new URL('../packages/saas/dist', import.meta.url))) return complain('first: npm run build');
  const sections = earlierSections();
  for (const name of names) {
    const { title, run } = await import(`./${name}.mjs`);
    const text = `## ${title}\n\n${await run()}`;
    process.stdout.write(`${text}\n`);
    sections.set(name, text);
    writeFileSync(RESULTS, document(sections));
  }
  return 0;
}

function earlierSections() {
  if (!existsSync(RESULTS)) return new Map();
  return new Map([...readFileSync(RESULTS, 'utf8').matchAll(SECTION)].map(([, name, text]) => [name, text]));
}

function document(sections) {
  const head =
    '# Results\n\nWritten by `npm run bench`. Candidates of a table took turns in one run; compare inside a table only.\n' +
    `Machine: ${availableParallelism()} shared cores, Node ${process.versions.node}, PostgreSQL 18 embedded.\n`;
  const written = NAMES.filter((name) => sections.has(name));
  return `${head}\n${written.map((name) => `<!-- ${name} -->\n${sections.get(name).trimEnd()}\n`).join('\n')}`;
}

function complain(text) {
  process.stderr.write(`bench: ${text}\n`);
  return 2;
}
