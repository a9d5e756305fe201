import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { EXIT_FAILED, Problem } from '../base/errors.ts';
import type { Driver } from '../runtime/driver.ts';

const BOOTSTRAP = fileURLToPath(new URL('../../scripts/bootstrap.mjs', import.meta.url));

/**
 * Lets the bootstrap install the server programs, or say how, when the driver runs them on this machine. npm calls the
 * bootstrap before every command, but only for packages: which driver it will be is not known then.
 * @throws Problem `programs-missing`, after the bootstrap itself has said what is wrong.
 */
export async function ensurePrograms({ name }: Driver): Promise<void> {
  if (name !== 'process') return;
  const bootstrap = spawn(process.execPath, [BOOTSTRAP, 'target'], { stdio: 'inherit' });
  const [code] = (await once(bootstrap, 'exit')) as [number | null];
  if (code === 0) return;
  throw new Problem('The programs of the target are not all there', {
    code: 'programs-missing',
    exitCode: code ?? EXIT_FAILED,
  });
}
