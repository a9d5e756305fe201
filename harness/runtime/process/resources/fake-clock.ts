import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CLOCK_FILE, clockEnvironment, clockSetting } from '../../fake-clock.ts';

const HOUR_MS = 3_600_000;
const SHARED = '/dev/shm';

/** Why no program's clock can be set off here, found out by trying; null when it can. */
export function fakeClockRefusal(): string | null {
  const folder = mkdtempSync(join(tmpdir(), 'faultline-trial-'));
  try {
    writeFileSync(join(folder, CLOCK_FILE), clockSetting(-HOUR_MS));
    const env = { ...process.env, ...clockEnvironment(folder) };
    const told = execFileSync('date', ['+%s'], { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    if (Date.now() - Number(told) * 1000 > HOUR_MS / 2) return null;
    return 'a clock that is off needs libfaketime: "apt-get install -y libfaketime" (Debian, Ubuntu)';
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What libfaketime leaves in memory of a process that was killed, named after it. */
export function removeClockShares(pids: readonly number[]): void {
  for (const pid of pids) {
    if (existsSync(`/proc/${pid}`)) continue;
    for (const name of [`faketime_shm_${pid}`, `sem.faketime_sem_${pid}`]) rmSync(join(SHARED, name), { force: true });
  }
}
