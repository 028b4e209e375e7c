/** Where an import stands. */
export interface Standing {
  lines: number;
  bytesRead: number;
  /** Undefined when the size is not known beforehand. */
  sizeBytes: number | undefined;
  elapsedMs: number;
}

export interface ProgressOutput {
  write(text: string): unknown;
  isTTY?: boolean;
  columns?: number;
}

const TTY_INTERVAL_MS = 200;
const LOG_INTERVAL_MS = 5_000;
const MAX_BAR = 40;

/** `[=====>    ]  52 %  1,234,567 lines  98,000 lines/s  12 s left`, at most `columns` wide. */
export function progressLine(standing: Standing, columns: number): string {
  const perSecond = standing.elapsedMs === 0 ? 0 : (standing.lines * 1000) / standing.elapsedMs;
  const counts = `${grouped(standing.lines)} lines  ${grouped(Math.round(perSecond))} lines/s`;
  const share = shareOf(standing);
  if (share === undefined) return counts.slice(0, columns);
  const text = `${String(Math.floor(share * 100)).padStart(3)} %  ${counts}${timeLeft(standing, share)}`;
  const width = Math.min(MAX_BAR, columns - text.length - 4);
  return width < 5 ? text.slice(0, columns) : `${bar(share, width)} ${text}`;
}

/** Shows progress until stopped: a bar that is redrawn on a terminal, otherwise a line every few seconds. */
export function showProgress(output: ProgressOutput, standing: () => Standing): { stop(): void } {
  const isTerminal = output.isTTY === true;
  const draw = () => {
    const columns = isTerminal ? (output.columns ?? 80) - 1 : 200;
    const text = progressLine(standing(), columns);
    output.write(isTerminal ? `\r${text}\u001b[K` : `${text}\n`);
  };
  const timer = setInterval(draw, isTerminal ? TTY_INTERVAL_MS : LOG_INTERVAL_MS);
  return {
    stop: () => {
      clearInterval(timer);
      if (isTerminal) output.write('\r\u001b[K');
    },
  };
}

/** 1234567 as 1,234,567. */
export function grouped(count: number): string {
  return String(count).replace(/\B(?=(?:\d{3})+$)/g, ',');
}

function shareOf({ bytesRead, sizeBytes }: Standing): number | undefined {
  if (sizeBytes === undefined || sizeBytes === 0) return undefined;
  return Math.min(1, bytesRead / sizeBytes);
}

function timeLeft({ elapsedMs }: Standing, share: number): string {
  if (share < 0.01 || elapsedMs < 1000) return '';
  const seconds = Math.ceil((elapsedMs * (1 - share)) / share / 1000);
  return seconds < 90 ? `  ${seconds} s left` : `  ${Math.ceil(seconds / 60)} min left`;
}

function bar(share: number, width: number): string {
  const filled = Math.round(share * width);
  return `[${'='.repeat(filled)}${' '.repeat(width - filled)}]`;
}
