/** A position in the write-ahead log as PostgreSQL prints it, `16/B374D848`, as a number that can be compared. */
export function parsePosition(text: string): bigint {
  const [high, low] = text.split('/');
  if (high === undefined || low === undefined)
    throw new Error(`Expected a log position like 0/3000060, received '${text}'`);
  return (BigInt(`0x${high}`) << 32n) + BigInt(`0x${low}`);
}
