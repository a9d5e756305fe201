import { createHash } from 'node:crypto';
import { crc32, deflateSync } from 'node:zlib';
import { badRequest } from './problems.ts';

const IMAGE_BYTES_MAX = 64 * 1024;
const PNG_SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
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
  const bytes = encodePng(size, paletteOf(digest), indexed);
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

/** PNG with 8-bit palette pixels; each line of `indexed` starts with its filter type, 0. */
function encodePng(size: number, palette: Buffer, indexed: Buffer): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(size, 0);
  header.writeUInt32BE(size, 4);
  header.set([8, 3, 0, 0, 0], 8);
  return Buffer.concat([
    PNG_SIGNATURE,
    pngChunk('IHDR', header),
    pngChunk('PLTE', palette),
    pngChunk('IDAT', deflateSync(indexed)),
    pngChunk('IEND', Buffer.alloc(0)),
  ]);
}

function pngChunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, checksum]);
}
