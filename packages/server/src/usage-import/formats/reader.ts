import type { Layout } from '../layout.js';
import { cloudEventsReader } from './cloud-events.js';
import { combinedReader } from './combined.js';
import { CsvReader } from './csv.js';
import { jsonLinesReader } from './json-lines.js';
import type { LineReader } from './reading.js';

/** The reader for a layout. */
export function readerFor(layout: Layout): LineReader {
  switch (layout.format) {
    case 'combined':
      return combinedReader(layout);
    case 'csv':
      return new CsvReader(layout);
    case 'jsonl':
      return jsonLinesReader(layout);
    case 'cloudevents':
      return cloudEventsReader(layout);
    default:
      return layout satisfies never;
  }
}
