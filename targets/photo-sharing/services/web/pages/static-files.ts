import { readFileSync } from 'node:fs';
import { hashOf } from '../images.ts';
import { UPLOAD_CODE } from './upload-script.ts';

/** A file that pages refer to; its address holds the hash of its content, so it may be cached for ever. */
export interface StaticFile {
  url: string;
  mediaType: string;
  content: Buffer;
}

export const STYLE_SHEET = staticFile(
  'css',
  'text/css; charset=utf-8',
  readFileSync(new URL('style.css', import.meta.url)),
);
export const UPLOAD_SCRIPT = staticFile('js', 'text/javascript; charset=utf-8', Buffer.from(UPLOAD_CODE));
export const STATIC_FILES: readonly StaticFile[] = [STYLE_SHEET, UPLOAD_SCRIPT];

function staticFile(extension: string, mediaType: string, content: Buffer): StaticFile {
  return { url: `/assets/${hashOf(content)}.${extension}`, mediaType, content };
}
