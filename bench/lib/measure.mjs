// Rates of several candidates, measured side by side: they take turns, so that a busy moment of the machine hits all.

/**
 * @typedef {{ name: string, run: () => unknown, unitsPerRun?: number, concurrency?: number }} Candidate
 * @typedef {{ unitsPerSecond: number, p99Ms: number }} Round `p99Ms`: 99 of 100 runs took at most so long
 * @typedef {Round & { name: string, ratio: number }} Result `ratio` is to the first candidate
 *
 * @param {readonly Candidate[]} candidates
 * @param {{ rounds?: number, roundMs?: number }} [options] bounded: rounds x roundMs x candidates, plus a warm-up round
 * @returns {Promise<Result[]>} the medians of the rounds
 */
export function sideBySide(candidates, { rounds = 6, roundMs = 400 } = {}) {
  const turns = candidates.map((candidate) => ({
    name: candidate.name,
    turn: () => oneRound(candidate, roundMs),
  }));
  return inTurns(turns, { rounds });
}

/**
 * For candidates that are measured otherwise: `turn` gives one round.
 * @param {readonly { name: string, turn: () => Promise<Round> }[]} candidates
 * @returns {Promise<Result[]>}
 */
export async function inTurns(candidates, { rounds = 6 } = {}) {
  const taken = new Map(candidates.map(({ name }) => [name, []]));
  for (const { turn } of candidates) await turn();
  for (let round = 0; round < rounds; round++) {
    for (const { name, turn } of shifted(candidates, round)) taken.get(name).push(await turn());
  }
  const medians = candidates.map(({ name }) => ({
    name,
    unitsPerSecond: median(taken.get(name).map(({ unitsPerSecond }) => unitsPerSecond)),
    p99Ms: median(taken.get(name).map(({ p99Ms }) => p99Ms)),
  }));
  return medians.map((each) => ({ ...each, ratio: each.unitsPerSecond / medians[0].unitsPerSecond }));
}

async function oneRound({ run, unitsPerRun = 1, concurrency = 1 }, roundMs) {
  const startedAtMs = performance.now();
  const untilMs = startedAtMs + roundMs;
  const durationsMs = [];
  const worker = async () => {
    for (let nowMs = performance.now(); nowMs < untilMs; ) {
      const beganMs = nowMs;
      await run();
      nowMs = performance.now();
      durationsMs.push(nowMs - beganMs);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  const unitsPerSecond = (durationsMs.length * unitsPerRun * 1000) / (performance.now() - startedAtMs);
  return { unitsPerSecond, p99Ms: percentile(durationsMs, 0.99) };
}

/** Whoever goes first in one round goes last in another. */
function shifted(candidates, round) {
  const shift = round % candidates.length;
  return [...candidates.slice(shift), ...candidates.slice(0, shift)];
}

function median(values) {
  return percentile(values, 0.5);
}

export function percentile(values, part) {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];
}
