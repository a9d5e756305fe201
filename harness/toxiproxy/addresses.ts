import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { Problem } from '../base/errors.ts';

export interface HostAndPort {
  host: string;
  port: number;
}

/** `host:port`, with brackets around an IPv6 host. */
export function formatAddress({ host, port }: HostAndPort): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/**
 * Splits `host:port`, `[v6]:port` or `:port`; the empty text is every address and any port.
 * @throws Problem `bad-address`, worded as the original server words it.
 */
export function parseAddress(text: string): HostAndPort {
  if (text === '') return { host: '', port: 0 };
  const match = /^(?:\[([^\]]*)\]|([^:[\]]*)):([^:]*)$/.exec(text);
  if (match === null) throw badAddress(`address ${text}: ${wrongFormOf(text)}`);
  const portText = match[3]!;
  if (!/^\d*$/.test(portText)) throw badAddress(`lookup tcp/${portText}: unknown port`);
  const port = Number(portText);
  if (port > 65_535) throw badAddress(`address ${portText}: invalid port`);
  return { host: match[1] ?? match[2]!, port };
}

function wrongFormOf(text: string): string {
  if (text.startsWith('[') && !text.includes(']')) return "missing ']' in address";
  const hasPort = text.startsWith('[') ? text.includes(']:') : text.includes(':');
  return hasPort ? 'too many colons in address' : 'missing port in address';
}

/**
 * Where a `listen` text really listens: names become addresses, and the IPv4 wildcard becomes `::`, which takes both.
 * @throws Problem `bad-address`
 */
export async function resolveListenAddress(text: string): Promise<HostAndPort> {
  const { host, port } = parseAddress(text);
  if (host === '' || host === '0.0.0.0') return { host: '::', port };
  if (host === 'localhost') return { host: '127.0.0.1', port };
  if (isIP(host) !== 0) return { host, port };
  try {
    return { host: (await lookup(host)).address, port };
  } catch (cause) {
    throw badAddress(`lookup ${host}: no such host`, cause);
  }
}

function badAddress(message: string, cause?: unknown): Problem {
  return new Problem(message, { code: 'bad-address', hint: 'Addresses read host:port, [v6]:port or :port.', cause });
}
