import { crc32, deflateSync } from 'node:zlib';

export const PNG_SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** A square picture, 8 bits a channel. */
interface Pixels {
  sizePixels: number;
  /** Three bytes for each colour; without it each pixel is a colour of three bytes itself, not a place in it. */
  palette?: Buffer;
  /** Line by line, each behind its filter type, 0. */
  lines: Buffer;
}

/** A whole PNG file (RFC 2083). */
export function encodePng({ sizePixels, palette, lines }: Pixels): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32BE(sizePixels, 0);
  header.writeUInt32BE(sizePixels, 4);
  header.set([BIT_DEPTH, palette === undefined ? COLOR_TYPE_RGB : COLOR_TYPE_PALETTE, 0, 0, 0], 8);
  return Buffer.concat([
    PNG_SIGNATURE,
    chunk('IHDR', header),
    ...(palette === undefined ? [] : [chunk('PLTE', palette)]),
    chunk('IDAT', deflateSync(lines)),
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

const HEADER_BYTES = 13;
const BIT_DEPTH = 8;
const COLOR_TYPE_RGB = 2;
const COLOR_TYPE_PALETTE = 3;
