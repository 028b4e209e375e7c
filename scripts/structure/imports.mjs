// What a file imports, and whether any of it exists at run time.
import { walk } from './walk.mjs';

/** @typedef {{ specifier: string, isTypeOnly: boolean, names: string[], line: number }} Import */

const READERS = {
  ImportDeclaration: (node) => ({
    source: node.source,
    isTypeOnly: node.importKind === 'type' || areAllTypes(node.specifiers, 'importKind'),
    names: node.specifiers.map((each) => each.imported?.name ?? each.local.name),
  }),
  ExportNamedDeclaration: (node) => ({
    source: node.source,
    isTypeOnly: node.exportKind === 'type' || areAllTypes(node.specifiers, 'exportKind'),
    names: node.specifiers.map((each) => each.local.name),
  }),
  ExportAllDeclaration: (node) => ({
    source: node.source,
    isTypeOnly: node.exportKind === 'type',
    names: [],
  }),
  ImportExpression: (node) => ({ source: node.source, isTypeOnly: false, names: [] }),
  TSImportType: (node) => ({ source: node.source, isTypeOnly: true, names: [] }),
  TSExternalModuleReference: (node) => ({ source: node.expression, isTypeOnly: false, names: [] }),
  CallExpression: (node) => ({
    source: node.callee.name === 'require' ? node.arguments[0] : null,
    isTypeOnly: false,
    names: [],
  }),
};

/** @returns {Import[]} */
export function importsOf(program, lineAt) {
  const found = [];
  walk(program, (node) => {
    const read = READERS[node.type]?.(node);
    const specifier = literalText(read?.source);
    if (specifier === null) return;
    found.push({ specifier, isTypeOnly: read.isTypeOnly, names: read.names, line: lineAt(node.start) });
  });
  return found;
}

/** `zod/v4` and `@scope/name/part` as the package that must be declared; null for relative paths. */
export function packageOf(specifier) {
  if (specifier.startsWith('.') || specifier.startsWith('/')) return null;
  const parts = specifier.split('/');
  return specifier.startsWith('@') ? parts.slice(0, 2).join('/') : parts[0];
}

/** An import without names runs the module, so it is not type-only. */
function areAllTypes(specifiers, kind) {
  return specifiers.length > 0 && specifiers.every((each) => each[kind] === 'type');
}

function literalText(node) {
  if (node?.type === 'Literal' && typeof node.value === 'string') return node.value;
  if (node?.type === 'TemplateLiteral' && node.expressions.length === 0) return node.quasis[0].value.cooked;
  return null;
}
