/** One line per change that a recording handler took. */
export interface RecordedChange {
  readonly id: string;
  /** Version before the change, 0 for a new item. */
  readonly from: number;
  readonly to: number;
}

/** What is wrong with a record of the feed: changes told too early, or never. Repetitions are allowed. */
export function feedGaps(
  changes: readonly RecordedChange[],
  versions: ReadonlyMap<string, number>,
): string[] {
  const told = new Map<string, number>();
  const flaws: string[] = [];
  for (const { id, from, to } of changes) {
    const last = told.get(id) ?? 0;
    if (from > last) flaws.push(`${id}: ${to} was told after ${last}, ${from} was skipped`);
    told.set(id, Math.max(last, to));
  }
  for (const [id, version] of versions) {
    if ((told.get(id) ?? 0) !== version)
      flaws.push(`${id}: at version ${version}, told up to ${told.get(id) ?? 0}`);
  }
  return flaws;
}
