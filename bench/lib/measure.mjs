// Rates of several candidates, measured side by side: they take turns, so that a busy moment of the machine hits all.

/**
 * @typedef {{ name: string, run: () => unknown, unitsPerRun?: number, concurrency?: number }} Candidate
 * @typedef {{ name: string, unitsPerSecond: number, ratio: number }} Result `ratio` is to the first candidate
 *
 * @param {readonly Candidate[]} candidates
 * @param {{ rounds?: number, roundMs?: number }} [options] bounded: rounds x roundMs x candidates, plus a warm-up round
 * @returns {Promise<Result[]>} the median of the rounds
 */
export async function sideBySide(candidates, { rounds = 6, roundMs = 400 } = {}) {
  const rates = new Map(candidates.map(({ name }) => [name, []]));
  for (const candidate of candidates) await oneRound(candidate, roundMs);
  for (let round = 0; round < rounds; round++) {
    for (const candidate of inTurn(candidates, round)) {
      rates.get(candidate.name).push(await oneRound(candidate, roundMs));
    }
  }
  const medians = candidates.map(({ name }) => ({ name, unitsPerSecond: median(rates.get(name)) }));
  return medians.map((each) => ({ ...each, ratio: each.unitsPerSecond / medians[0].unitsPerSecond }));
}

async function oneRound({ run, unitsPerRun = 1, concurrency = 1 }, roundMs) {
  const startedAtMs = performance.now();
  const untilMs = startedAtMs + roundMs;
  let runs = 0;
  const worker = async () => {
    while (performance.now() < untilMs) {
      await run();
      runs++;
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  return (runs * unitsPerRun * 1000) / (performance.now() - startedAtMs);
}

/** Whoever goes first in one round goes last in another. */
function inTurn(candidates, round) {
  const shift = round % candidates.length;
  return [...candidates.slice(shift), ...candidates.slice(0, shift)];
}

function median(values) {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)];
}
