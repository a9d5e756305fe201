import type { Socket } from 'node:net';

/** How long a socket that was finished waits for its peer's FIN, reading and dropping what still comes. */
const LINGER_MS = 500;

/**
 * Sends what was written, then FIN, then closes the socket. Reads on for a moment: closing a socket with unread bytes
 * would send an RST, which can destroy what the peer has not read yet.
 */
export function closeAfterFlush(socket: Socket): void {
  if (socket.destroyed || socket.writableEnded) return;
  socket.resume();
  socket.end(() => {
    if (socket.readableEnded) {
      socket.destroy();
      return;
    }
    const timer = setTimeout(() => socket.destroy(), LINGER_MS);
    socket.once('end', () => socket.destroy());
    socket.once('close', () => clearTimeout(timer));
  });
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
