/** Burners go on while this file is there, relative to the node's directory: they can be ended without being found. */
export const BURNING_FILE = 'tmp/burning';

/** For a shell in the node's directory; ends when the burners do. */
export function burnScript(count: number): string {
  const burner = `while [ -e ${BURNING_FILE} ]; do :; done &`;
  return `: >${BURNING_FILE}; ${Array.from({ length: count }, () => burner).join(' ')} wait`;
}
