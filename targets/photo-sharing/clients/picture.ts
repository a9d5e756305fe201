import { crc32, deflateSync } from 'node:zlib';
import type { Random } from '../../../harness/base/random.ts';

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const SIZE_PIXELS = 8;
const BIT_DEPTH = 8;
const COLOR_TYPE_RGB = 2;

/** A PNG of 8 by 8 random colours, about 270 bytes: no two are alike, so every upload is a new asset. */
export function randomPicture(random: Random): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(SIZE_PIXELS, 0);
  header.writeUInt32BE(SIZE_PIXELS, 4);
  header.set([BIT_DEPTH, COLOR_TYPE_RGB, 0, 0, 0], 8);
  const line = () => [0, ...Array.from({ length: SIZE_PIXELS * 3 }, () => random.integer(0, 255))];
  const pixels = Buffer.from(Array.from({ length: SIZE_PIXELS }, line).flat());
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(pixels)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, checksum]);
}
