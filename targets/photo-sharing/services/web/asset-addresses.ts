import type { Photo } from './photos.ts';

/** Where a client finds an asset. */
export interface AssetAddress {
  url: string;
  /** Where it is when it cannot be had there. */
  fallbackUrl?: string;
}

/** A photo as clients see it. */
export type PhotoView = Photo & { imageFallbackUrl?: string };

/** A network's traffic costs: an image that nobody likes yet will hardly be asked for often. */
const LIKES_MIN = 1;

export interface AssetAddressesOptions {
  /** The name of the content delivery network; undefined: all assets come from the site. */
  cdn: string | undefined;
  /** Tells clients where an asset is when the network fails. */
  fallback: boolean;
}

/** Decides for each asset whether clients take it from the content delivery network or from the site. */
export class AssetAddresses {
  readonly #options: AssetAddressesOptions;

  constructor(options: AssetAddressesOptions) {
    this.#options = options;
  }

  /** Of what everybody needs, by its path at the site. */
  popular(path: string): AssetAddress {
    const { cdn, fallback } = this.#options;
    if (cdn === undefined) return { url: path };
    return { url: `http://${cdn}${path}`, ...(fallback ? { fallbackUrl: path } : {}) };
  }

  photo(photo: Photo): PhotoView {
    if (photo.likes < LIKES_MIN) return photo;
    const { url, fallbackUrl } = this.popular(photo.imageUrl);
    return { ...photo, imageUrl: url, ...(fallbackUrl === undefined ? {} : { imageFallbackUrl: fallbackUrl }) };
  }
}
