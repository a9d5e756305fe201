/** Cases of all fuzz tests together in a normal run; `FAULTLINE_FUZZ_CASES` asks for more. */
const CASES_DEFAULT = 10_000;

/** This test's part of the cases; at least one. */
export function fuzzCases(share: number): number {
  const asked = Number(process.env.FAULTLINE_FUZZ_CASES ?? CASES_DEFAULT);
  const total = Number.isFinite(asked) && asked > 0 ? asked : CASES_DEFAULT;
  return Math.max(1, Math.ceil(total * share));
}

/** A byte that depends on nothing but its place in the stream, so that a byte out of place shows. */
export function byteAt(position: number): number {
  return Math.imul(position + 1, 0x9e3779b1) >>> 24;
}

export function bytesFrom(position: number, length: number): Buffer {
  return Buffer.from(Array.from({ length }, (_, index) => byteAt(position + index)));
}
