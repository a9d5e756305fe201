import { createServer } from 'node:net';

/** Below the range from which systems give ports to outgoing connections: none of those takes it before its server. */
const LOWEST_PORT = 10_240;
const PORTS = 22_000;

/** A port of 127.0.0.1 that was free a moment ago. */
export async function freePort(): Promise<number> {
  let port: number;
  do port = LOWEST_PORT + Math.floor(Math.random() * PORTS);
  while (!(await isFree(port)));
  return port;
}

/** A different one for each name. */
export async function freePorts(names: readonly string[]): Promise<Record<string, number>> {
  const ports = new Set<number>();
  while (ports.size < names.length) ports.add(await freePort());
  return Object.fromEntries([...ports].map((port, index) => [names[index], port]));
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return await new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
