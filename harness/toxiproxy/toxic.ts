import type { Attributes } from './stage.ts';
import type { Doorkeeper, ToxicKind } from './toxic-kind.ts';

/** `upstream`: what the client sends; `downstream`: what the server answers. */
export type Direction = 'upstream' | 'downstream';

/** Says whether a toxic may act on connections of this client address. */
export type PeerFilter = (clientAddress: string) => boolean;

/** One toxic of one proxy. Its attributes and toxicity change on update; the rest does not. */
export interface Toxic {
  readonly name: string;
  readonly kind: ToxicKind;
  readonly direction: Direction;
  /** The stream as the client of the API wrote it. */
  readonly stream: string;
  attributes: Attributes;
  /** The share of connections that it acts on, 0 to 1. */
  toxicity: number;
  /** CIDR blocks of clients, as given; undefined means every client. */
  peers: readonly string[] | undefined;
  peerFilter: PeerFilter;
  readonly doorkeeper: Doorkeeper | undefined;
}
