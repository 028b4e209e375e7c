/** A value from the file as a message may show it: short, and nothing that steers a terminal. */
export function shown(value: unknown): string {
  const text = JSON.stringify(typeof value === 'string' ? value.slice(0, 60) : value) ?? 'nothing';
  return harmless(text.slice(0, 80));
}

/** Text without what breaks lines or steers a terminal. */
export function harmless(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, '?');
}
