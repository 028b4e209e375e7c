// Figures as Markdown tables.

/**
 * @param {string} title
 * @param {readonly import('./measure.mjs').Result[]} results
 * @param {string} unit what is counted, such as `transactions`
 */
export function rateTable(title, results, unit) {
  const rows = results.map(({ name, unitsPerSecond, ratio }) => [
    name,
    whole(unitsPerSecond),
    `${ratio < 0.1 ? ratio.toPrecision(1) : ratio.toFixed(2)} x`,
  ]);
  return `### ${title}\n\n${table(['', `${unit} per second`, 'ratio'], rows)}`;
}

/** The same with the time that 99 of 100 took at most, and columns of one's own. */
export function latencyTable(title, results, unit, { columns = [], cells = () => [] } = {}) {
  const rows = results.map((result) => [
    result.name,
    whole(result.unitsPerSecond),
    `${result.ratio < 0.1 ? result.ratio.toPrecision(1) : result.ratio.toFixed(2)} x`,
    `${result.p99Ms.toPrecision(2)} ms`,
    ...cells(result),
  ]);
  return `### ${title}\n\n${table(['', `${unit} per second`, 'ratio', '99 % within', ...columns], rows)}`;
}

export function table(head, rows) {
  const cells = [head, ...rows].map((row) => row.map(String));
  const widths = head.map((_, column) => Math.max(3, ...cells.map((row) => row[column].length)));
  const line = (row, fill) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column], fill)).join(' | ')} |`;
  const [first, ...others] = cells.map((row) => line(row, ' '));
  return `${[
    first,
    line(
      head.map(() => ''),
      '-',
    ),
    ...others,
  ].join('\n')}\n`;
}

/** Three significant digits: the machine is not steadier than that. */
function whole(rate) {
  return Number(rate.toPrecision(3)).toLocaleString('en-US');
}
