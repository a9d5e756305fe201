import type { Random } from '../../../harness/base/random.ts';
import { encodePng } from '../services/png.ts';

const SIZE_PIXELS = 8;

/** A PNG of 8 by 8 random colours, about 270 bytes: no two are alike, so every upload is a new asset. */
export function randomPicture(random: Random): Buffer {
  const line = () => [0, ...Array.from({ length: SIZE_PIXELS * 3 }, () => random.integer(0, 255))];
  return encodePng({ sizePixels: SIZE_PIXELS, lines: Buffer.from(Array.from({ length: SIZE_PIXELS }, line).flat()) });
}
