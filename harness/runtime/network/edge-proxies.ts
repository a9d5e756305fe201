import type { ICreateProxyBody } from 'toxiproxy-node-client';
import { formatAddress } from '../../model/topology.ts';
import type { WiredEdge } from '../wiring.ts';

/** A toxic that belongs to the link itself and is no fault. */
export interface LinkToxic {
  readonly name: string;
  readonly type: 'latency';
  readonly stream: 'upstream' | 'downstream';
  readonly toxicity: number;
  readonly attributes: { readonly latency: number; readonly jitter: number };
}

const STREAMS = ['upstream', 'downstream'] as const;

/**
 * The proxies that carry an edge, as a Toxiproxy server is asked for them.
 * @param extended whether it is the embedded server: `protocol` is its own; others ignore it, so it must not be sent there.
 */
export function proxiesOf({ name, listen, upstream, datagrams }: WiredEdge, extended: boolean): ICreateProxyBody[] {
  const body: ICreateProxyBody = {
    name,
    listen: formatAddress(listen),
    upstream: formatAddress(upstream),
    enabled: true,
  };
  const udp: ICreateProxyBody & { protocol: 'udp' } = { ...body, name: datagramName(name), protocol: 'udp' };
  return datagrams && extended ? [body, udp] : [body];
}

export function datagramName(edge: string): string {
  return `${edge} (udp)`;
}

/** The normal delay of the link, in both directions; on each of its proxies. */
export function linkToxics({ latencyMs }: WiredEdge): LinkToxic[] {
  if (latencyMs === 0) return [];
  const attributes = { latency: latencyMs, jitter: 0 };
  return STREAMS.map((stream) => ({ name: `link_${stream}`, type: 'latency', stream, toxicity: 1, attributes }));
}
