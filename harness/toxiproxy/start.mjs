/**
 * Starts `main.ts` as a lean process; use this entry to run the server by itself. Plain JavaScript, because stripping the
 * types of 60 files leaves 35 MB behind: from the second start on they come from the compile cache, which must be
 * enabled before the first TypeScript file.
 */
import { enableCompileCache, flushCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

enableCompileCache(fileURLToPath(new URL('../../node_modules/.cache/compile', import.meta.url)));
await import('./main.ts');
// Node writes the cache when a process ends by itself, but servers are killed.
flushCompileCache();
