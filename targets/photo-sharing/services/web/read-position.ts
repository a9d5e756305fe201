import { badRequest } from './problems.ts';

/** A place in the database's write-ahead log, as PostgreSQL writes it: `0/3000148`. */
export type ReadPosition = string;

/** @throws RequestProblem 400 when the text is no position. */
export function parsePosition(text: string): ReadPosition {
  if (!/^[0-9A-Fa-f]{1,8}\/[0-9A-Fa-f]{1,8}$/.test(text)) throw badRequest('read-position-malformed');
  return text;
}

/** As text of one length that sorts like the position: sixteen hexadecimal digits. */
export function comparablePosition(position: ReadPosition): string {
  const [high = '', low = ''] = position.split('/');
  return `${high.padStart(8, '0')}${low.padStart(8, '0')}`.toUpperCase();
}
