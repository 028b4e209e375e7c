import { visitorKeys } from 'oxc-parser';

/** Calls `visit(node, ancestors)` for every node, parents first; the nearest ancestor comes last. */
export function walk(node, visit, ancestors = []) {
  visit(node, ancestors);
  const inner = [...ancestors, node];
  for (const key of visitorKeys[node.type] ?? []) {
    for (const child of [node[key]].flat()) {
      if (child) walk(child, visit, inner);
    }
  }
}
