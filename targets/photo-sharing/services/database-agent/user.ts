import { readFileSync } from 'node:fs';

/** PostgreSQL refuses to run as root, so root runs it as this user. */
export interface ProgramUser {
  uid: number;
  gid: number;
}

/**
 * The user that PostgreSQL's programs run as: undefined means the agent's own.
 * @throws Error when the agent is root and the machine has no user `postgres`.
 */
export function findProgramUser(): ProgramUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith('postgres:'));
  const [, , uid, gid] = line?.split(':') ?? [];
  if (uid === undefined || gid === undefined) {
    throw new Error(
      'PostgreSQL must not run as root, and /etc/passwd has no user postgres: install postgresql or add it',
    );
  }
  return { uid: Number(uid), gid: Number(gid) };
}
