import type { OnReadOpts } from 'node:net';

/** What one read can return. */
const READ_BYTES_MAX = 64 * 1024;
/** A socket that returns more than this at once is carrying bulk, and gets memory of its own. */
const BULK_BYTES = 16 * 1024;

/** Every socket reads into this at first: libuv fills it and hands it over in one go, so nobody else comes between. */
const sharedMemory = Buffer.allocUnsafeSlow(READ_BYTES_MAX);

/**
 * The `onread` option of a socket. Small reads are copied out of memory that all sockets share, so an idle connection
 * costs none. Bulk is read again and again into the socket's own memory without a copy, for as long as `take` returns true
 * (the bytes are not needed any more). Node's usual way allocates 64 KiB for every read.
 */
export function readInto(take: (chunk: Buffer) => boolean): OnReadOpts {
  let memory = sharedMemory;
  let renew = false;
  return {
    buffer: () => {
      if (renew) memory = Buffer.allocUnsafeSlow(READ_BYTES_MAX);
      renew = false;
      return memory;
    },
    callback: (length) => {
      const chunk = memory.subarray(0, length);
      if (memory !== sharedMemory) renew = !take(chunk);
      else {
        renew = length > BULK_BYTES;
        take(Buffer.from(chunk));
      }
      return true;
    },
  };
}
