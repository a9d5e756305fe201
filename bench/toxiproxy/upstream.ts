import { type AddressInfo, createServer, type Socket } from 'node:net';
import { RESPONSE } from './loads.ts';

/** Answers every request with a small HTTP response, `BULK` with bytes without end. */
const block = Buffer.alloc(256 * 1024);

const server = createServer({ noDelay: true }, (socket) => {
  socket.on('error', () => socket.destroy());
  socket.once('data', (first) => {
    if (first.toString().startsWith('BULK')) pump(socket);
    else answer(socket);
  });
});

function answer(socket: Socket): void {
  socket.write(RESPONSE);
  socket.on('data', () => socket.write(RESPONSE));
}

function pump(socket: Socket): void {
  const write = () => {
    while (!socket.destroyed && socket.write(block));
  };
  socket.on('drain', write);
  write();
}

server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`);
});
