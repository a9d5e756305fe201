import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** Who uses a local port, as `redis-server (process 123)`; undefined when nobody does or the platform does not tell. */
export function portHolder(port: number): string | undefined {
  const sockets = new Set(['tcp', 'tcp6', 'udp', 'udp6'].flatMap((table) => inodesOn(`/proc/net/${table}`, port)));
  if (sockets.size === 0) return undefined;
  for (const pid of entriesOf('/proc').filter((name) => /^\d+$/.test(name))) {
    const holds = entriesOf(`/proc/${pid}/fd`).some((file) => sockets.has(linkOf(`/proc/${pid}/fd/${file}`)));
    if (holds) return `${textOf(`/proc/${pid}/comm`).trim()} (process ${pid})`;
  }
  return undefined;
}

/** States of proc_net_tcp(5): connected sockets may share a port with others, listening and unconnected ones hold it. */
const LISTENING = '0A';
const UNCONNECTED_UDP = '07';

function inodesOn(table: string, port: number): string[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return textOf(table)
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local, , state]) => local?.endsWith(suffix) && (state === LISTENING || state === UNCONNECTED_UDP))
    .map((fields) => `socket:[${fields[9]}]`);
}

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}

function linkOf(file: string): string {
  try {
    return readlinkSync(file);
  } catch {
    return '';
  }
}
