import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright';

const SYSTEM_CHROMIUM = '/usr/bin/chromium';

/** The Chromium that the bootstrap has seen to: the system's, or the one that Playwright downloaded. */
export async function launchChromium(switches: readonly string[] = []): Promise<Browser> {
  return await chromium.launch({
    ...(existsSync(SYSTEM_CHROMIUM) ? { executablePath: SYSTEM_CHROMIUM } : {}),
    chromiumSandbox: false,
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu', '--disable-background-networking', ...switches],
  });
}
