import { readFileSync } from 'node:fs';

/**
 * @typedef {object} Host
 * @property {'debian' | 'ubuntu' | 'macos' | 'other'} family  how its software is installed
 * @property {string} name        as its maker writes it
 * @property {boolean} root
 * @property {boolean} canInstall whether the bootstrap may use apt here
 * @property {string} refusal     why something cannot be installed from here, as a sentence
 */

/** @returns {Host} */
export function detectHost() {
  const root = process.getuid?.() === 0;
  if (process.platform === 'darwin') return describeHost('macos', 'macOS', root);
  const release = osRelease();
  const families = [release.ID, ...(release.ID_LIKE ?? '').split(' ')];
  const family = families.includes('ubuntu') ? 'ubuntu' : families.includes('debian') ? 'debian' : 'other';
  return describeHost(family, release.PRETTY_NAME ?? process.platform, root);
}

/**
 * @param {Host['family']} family
 * @param {string} name
 * @param {boolean} root
 * @returns {Host}
 */
export function describeHost(family, name, root) {
  const withApt = family === 'debian' || family === 'ubuntu';
  const refusal = !withApt
    ? `Faultline installs server programs by itself only on Debian and Ubuntu; this is ${name}.`
    : root
      ? `Not all of it can be installed by apt on ${name}.`
      : 'Only root may install software here, and this is another user.';
  return { family, name, root, canInstall: withApt && root, refusal };
}

/** @returns {Record<string, string>} */
function osRelease() {
  try {
    const lines = readFileSync('/etc/os-release', 'utf8').matchAll(/^(\w+)="?([^"\n]*)"?$/gm);
    return Object.fromEntries([...lines].map(([, key, value]) => [key, value]));
  } catch {
    return {};
  }
}
