import type { Access } from './access-log.ts';

/** More assets than this are not told apart: those that come later count with the rest. */
const ASSETS_MAX = 5000;

export interface AssetTraffic {
  /** `/assets/<hash>.png` */
  path: string;
  requests: number;
  /** Sent to clients. */
  bytes: number;
}

/** What each asset costs: what went out of it since the start. */
export class Traffic {
  readonly #assetsMax: number;
  readonly #byAsset = new Map<string, AssetTraffic>();
  #bytes = 0;

  constructor(assetsMax = ASSETS_MAX) {
    this.#assetsMax = assetsMax;
  }

  add({ path, status, bytes }: Pick<Access, 'path' | 'status' | 'bytes'>): void {
    this.#bytes += bytes;
    // What was never given is no asset: anybody can make up addresses.
    if (status >= 400) return;
    const known = this.#byAsset.get(path);
    if (known === undefined && this.#byAsset.size >= this.#assetsMax) return;
    const { requests, bytes: before } = known ?? { requests: 0, bytes: 0 };
    this.#byAsset.set(path, { path, requests: requests + 1, bytes: before + bytes });
  }

  /** Those with most bytes, and the bytes of everything else. */
  heaviest(count: number): { assets: AssetTraffic[]; otherBytes: number } {
    const assets = [...this.#byAsset.values()].sort((one, other) => other.bytes - one.bytes).slice(0, count);
    return { assets, otherBytes: this.#bytes - assets.reduce((sum, { bytes }) => sum + bytes, 0) };
  }
}
