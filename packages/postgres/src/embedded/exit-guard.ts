/** Signals that end Node.js without an `exit` event unless somebody listens. */
const ENDING_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Runs `lastWord` when this process ends without having stopped the server. It must be synchronous.
 * Signals stay with the application: only where nobody else listens is the default behaviour repeated
 * after the last word. Returns a function that takes the guard away.
 */
export function guardExit(lastWord: () => void): () => void {
  const onSignal = (signal: NodeJS.Signals) => {
    if (process.listenerCount(signal) > 1) return;
    lastWord();
    release();
    process.kill(process.pid, signal);
  };
  const release = () => {
    process.off('exit', lastWord);
    for (const signal of ENDING_SIGNALS) process.off(signal, onSignal);
  };
  process.on('exit', lastWord);
  for (const signal of ENDING_SIGNALS) process.on(signal, onSignal);
  return release;
}
