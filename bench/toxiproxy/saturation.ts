import { openBulk, requestLoop } from './loads.ts';

/**
 * Keeps a proxy busy from a process of its own, so that who measures beside it is not busy himself: two bulk connections,
 * 32 request loops, and one client that does not read. Flags: port of the proxy. Ends when its standard input does.
 */
const port = Number(process.argv[2]);
openBulk(port).socket.pause();
for (let bulk = 0; bulk < 2; bulk += 1) openBulk(port);
let answered = 0;
for (let loop = 0; loop < 32; loop += 1) {
  requestLoop(port, () => {
    answered += 1;
    if (answered === 1000) process.stdout.write('busy\n');
  });
}
process.stdin.on('end', () => process.exit(0)).resume();
