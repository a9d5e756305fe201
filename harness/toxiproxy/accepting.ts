import { type OnReadOpts, type Server, Socket, type SocketConstructorOpts } from 'node:net';

/** An accepted connection of which Node has not made a socket yet. */
export interface AcceptedHandle {
  setNoDelay(on: boolean): void;
  close(): void;
}

/** What these two classes have, and Node's documentation has not. `package.json` pins the version of Node. */
interface ServerWithHandle {
  readonly _handle: { onconnection: (errorNumber: number, handle: AcceptedHandle) => void };
}
interface HandleOptions extends Omit<SocketConstructorOpts, 'handle'> {
  handle: AcceptedHandle;
  pauseOnCreate: boolean;
  onread: OnReadOpts;
}

/**
 * Hands over connections of a listening server before Node makes sockets of them; `undefined` is one that could not be
 * accepted. Node offers `onread` only to those who dial: a socket that it accepts allocates 64 KiB for every read and passes
 * each chunk through a stream, which is a tenth of all the work that this proxy does for a request.
 */
export function takeConnections(server: Server, take: (handle: AcceptedHandle | undefined) => void): void {
  const { _handle } = server as unknown as ServerWithHandle;
  _handle.onconnection = (errorNumber, handle) => take(errorNumber === 0 ? handle : undefined);
}

/** A socket that reads when it is told to `resume`. */
export function socketOf(handle: AcceptedHandle, onread: OnReadOpts): Socket {
  handle.setNoDelay(true);
  const options: HandleOptions = { handle, allowHalfOpen: true, pauseOnCreate: true, onread };
  return new Socket(options as object);
}
