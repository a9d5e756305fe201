import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** A node with the processes that it runs, and one with the ports that it listens on. */
export interface ConnectingNode {
  readonly name: string;
  readonly pids: readonly number[];
  readonly ports: readonly number[];
}

/** A connection from one node straight to a port of another. */
export interface Bypass {
  readonly from: string;
  readonly to: string;
  readonly port: number;
}

/**
 * Connections that go around the edges: a fault on an edge says nothing about them. Null where the platform does not
 * tell whose connection is whose.
 */
export function findBypasses(nodes: readonly ConnectingNode[]): Bypass[] | null {
  if (process.platform !== 'linux') return null;
  const listeners = new Map(nodes.flatMap(({ name, ports }) => ports.map((port) => [port, name] as const)));
  const dialled = established().filter(({ remotePort }) => listeners.has(remotePort));
  if (dialled.length === 0) return [];
  const owners = new Map(
    nodes.flatMap(({ name, pids }) => pids.flatMap((pid) => socketsOf(pid)).map((inode) => [inode, name])),
  );
  return dialled.flatMap(({ inode, remotePort: port }) => {
    const from = owners.get(inode);
    const to = listeners.get(port)!;
    return from === undefined || from === to ? [] : [{ from, to, port }];
  });
}

/** See proc(5): addresses are hexadecimal, the state 01 is established. */
function established(): { remotePort: number; inode: string }[] {
  const tables = ['/proc/net/tcp', '/proc/net/tcp6'].map((file) => readFileSync(file, 'utf8').split('\n').slice(1));
  return tables.flat().flatMap((line) => {
    const [, , remote = '', state, , , , , , inode = ''] = line.trim().split(/\s+/);
    return state === '01' ? [{ remotePort: Number.parseInt(remote.split(':')[1] ?? '', 16), inode }] : [];
  });
}

/** Empty when the process has just ended. */
function socketsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((descriptor) => {
      const [, inode] = /^socket:\[(\d+)\]$/.exec(linkOf(`/proc/${pid}/fd/${descriptor}`)) ?? [];
      return inode === undefined ? [] : [inode];
    });
  } catch {
    return [];
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
