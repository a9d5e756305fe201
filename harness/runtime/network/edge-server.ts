import type { EdgeToxic } from '../../model/running-target.ts';

/** A toxic with the proxy that it is for, and its name there. */
export interface PlacedToxic extends EdgeToxic {
  readonly proxy: string;
  readonly name: string;
}

export type ToxicPlace = Pick<PlacedToxic, 'proxy' | 'name' | 'stream' | 'type'>;

/** One change of a proxy; its time is null when there was nothing to change. */
export interface ProxyChange {
  readonly proxy: string;
  readonly atMs: number | null;
}

/** What a Toxiproxy server is asked to do to many proxies at once. Everything may be asked again. */
export interface EdgeServer {
  add(toxics: readonly PlacedToxic[]): Promise<ProxyChange[]>;
  remove(toxics: readonly ToxicPlace[]): Promise<ProxyChange[]>;
  disable(proxies: readonly string[]): Promise<ProxyChange[]>;
  enable(proxies: readonly string[]): Promise<ProxyChange[]>;
}
