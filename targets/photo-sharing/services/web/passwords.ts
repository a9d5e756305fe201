import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';

/**
 * A real site would spend 50 to 100 ms of CPU on each password (cost 2^15 or more). Here thousands of made-up users log
 * in on a machine that also runs both datacenters: a cost of 2^8 keeps the way the work goes and takes under 1 ms.
 */
const COST = 2 ** 8;
const KEY_BYTES = 32;
const SALT_BYTES = 16;

/** `scrypt:<salt>:<key>`, both in base64url, with a new salt each time. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const key = await derive(password, salt);
  return `scrypt:${salt.toString('base64url')}:${key.toString('base64url')}`;
}

/** Whether the password made this hash; false for a hash of any other form. */
export async function isPassword(password: string, hash: string): Promise<boolean> {
  const [scheme, salt, key] = hash.split(':');
  if (scheme !== 'scrypt' || salt === undefined || key === undefined) return false;
  const expected = Buffer.from(key, 'base64url');
  const derived = await derive(password, Buffer.from(salt, 'base64url'));
  return expected.length === derived.length && timingSafeEqual(expected, derived);
}

function derive(password: string, salt: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password, salt, KEY_BYTES, { N: COST }, (error, key) => (error === null ? resolve(key) : reject(error)));
  });
}
