/**
 * The seed of a randomised test: from the clock, or the one that a failed run printed, as `TEST_SEED=… npx vitest run …`.
 */
export function drawSeed(name: string): number {
  const given = process.env['TEST_SEED'];
  const seed = given === undefined ? Date.now() % 2 ** 31 : Number(given);
  console.info(`${name}: TEST_SEED=${seed}`);
  return seed;
}
