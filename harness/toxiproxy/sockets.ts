import type { Socket } from 'node:net';

/** How long a socket that was finished waits for its peer's FIN, reading and dropping what still comes. */
const LINGER_MS = 500;
/** What every peer's kernel takes without waiting for its program: a socket that sent no more has nothing to lose. */
const WINDOW_BYTES = 16 * 1024;

/**
 * Sends what was written, then FIN, then closes the socket. Where bytes may still be under way it reads on for a moment:
 * closing a socket that has unread bytes sends an RST, which destroys what the peer has not got yet.
 */
export function closeAfterFlush(socket: Socket): void {
  if (socket.destroyed || socket.writableEnded) return;
  const heardBytes = socket.bytesRead;
  socket.resume();
  socket.end(() => {
    const settled = socket.bytesWritten <= WINDOW_BYTES && socket.bytesRead === heardBytes;
    if (settled || socket.readableEnded) socket.destroy();
    else linger(socket);
  });
}

function linger(socket: Socket): void {
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once('end', () => socket.destroy());
  socket.once('close', () => clearTimeout(timer));
}

/** FIN now; what was written but not yet taken by the kernel is dropped. */
export function closeNow(socket: Socket): void {
  if (socket.writableLength > 0 || socket.readableEnded) socket.destroy();
  else closeAfterFlush(socket);
}

/** RST now. */
export function reset(socket: Socket): void {
  if (socket.connecting) socket.destroy();
  else socket.resetAndDestroy();
}
