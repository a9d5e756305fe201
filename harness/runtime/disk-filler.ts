/** The one file that fills a node's disk. */
const FILLER = 'filler';

/** For a shell in the node's directory: writes until nothing more goes in. */
export const FILL_SCRIPT = `LC_ALL=C dd if=/dev/zero of=${FILLER} bs=64k 2>&1 | grep -q 'No space left'`;
export const CLEAR_SCRIPT = `rm -f ${FILLER}`;
