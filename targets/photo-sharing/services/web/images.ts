import { createHash } from 'node:crypto';
import { encodePng, PNG_SIGNATURE } from '../png.ts';
import { badRequest } from './problems.ts';

const IMAGE_BYTES_MAX = 64 * 1024;
const JPEG_SIGNATURE = Buffer.from([0xff, 0xd8, 0xff]);
const DRAWN_TILES = 8;
const TILE_PIXELS = 12;

export interface Image {
  bytes: Buffer;
  /** SHA-256 of the bytes, in hex: the name of the asset, which therefore never changes. */
  hash: string;
  mediaType: 'image/png' | 'image/jpeg';
}

/** @throws RequestProblem 400 when it is no PNG or JPEG, or larger than 64 KiB. */
export function decodeImage(base64: string): Image {
  const bytes = Buffer.from(base64, 'base64');
  if (bytes.length > IMAGE_BYTES_MAX) throw badRequest('image-too-large');
  if (startsWith(bytes, PNG_SIGNATURE)) return { bytes, hash: hashOf(bytes), mediaType: 'image/png' };
  if (startsWith(bytes, JPEG_SIGNATURE)) return { bytes, hash: hashOf(bytes), mediaType: 'image/jpeg' };
  throw badRequest('image-neither-png-nor-jpeg');
}

/** A small mirrored pattern, the same for the same seed: for a photo that was posted without a file. */
export function drawImage(seed: string): Image {
  const digest = createHash('sha256').update(seed).digest();
  const size = DRAWN_TILES * TILE_PIXELS;
  const indexed = Buffer.alloc(size * (size + 1));
  for (let y = 0; y < size; y += 1) {
    for (let x = 0; x < size; x += 1) {
      const column = Math.floor(x / TILE_PIXELS);
      const mirrored = Math.min(column, DRAWN_TILES - 1 - column);
      const tile = Math.floor(y / TILE_PIXELS) * (DRAWN_TILES / 2) + mirrored;
      indexed[y * (size + 1) + 1 + x] = digest[tile % digest.length]! & 3;
    }
  }
  const bytes = encodePng({ sizePixels: size, palette: paletteOf(digest), lines: indexed });
  return { bytes, hash: hashOf(bytes), mediaType: 'image/png' };
}

/** Where a photo's image is served, for ever. */
export function imageUrl(hash: string, mediaType: string): string {
  return `/assets/${hash}.${mediaType === 'image/jpeg' ? 'jpg' : 'png'}`;
}

export function hashOf(bytes: Buffer | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function startsWith(bytes: Buffer, signature: Buffer): boolean {
  return bytes.subarray(0, signature.length).equals(signature);
}

function paletteOf(digest: Buffer): Buffer {
  return Buffer.from([0, 3, 6, 9].flatMap((at) => [0, 1, 2].map((part) => 64 + (digest[at + part]! >> 1))));
}
