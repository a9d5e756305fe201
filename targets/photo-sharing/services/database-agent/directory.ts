import {
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { DirectoryKind } from './decide.ts';
import type { ProgramUser } from './user.ts';

/** The last holder and epoch that this node has seen: what counts if the coordinators ever lose their record. */
interface KnownHolder {
  holder: string;
  epoch: number;
}

/**
 * What lies on this node's disk. The configuration stays outside of PostgreSQL's own directory, so that neither a copy
 * nor a rewind brings the other node's.
 *
 *   <root>/cluster/          PostgreSQL's data
 *   <root>/copy/             a fresh copy on its way; replaces cluster/ when complete
 *   <root>/postgresql.conf, pg_hba.conf, postgres.log
 *   <root>/password          while initdb reads it
 *   <root>/unclaimed, incomplete   markers
 *   <root>/known-holder.json
 */
export class DataDirectory {
  readonly root: string;
  readonly #user: ProgramUser | undefined;

  constructor(root: string, user: ProgramUser | undefined) {
    mkdirSync(root, { recursive: true, mode: 0o700 });
    if (user !== undefined) chownSync(root, user.uid, user.gid);
    // Resolved, because processes are recognised by the directory that they are in.
    this.root = realpathSync(root);
    this.#user = user;
  }

  get cluster(): string {
    return join(this.root, 'cluster');
  }

  get copy(): string {
    return join(this.root, 'copy');
  }

  get configuration(): string {
    return join(this.root, 'postgresql.conf');
  }

  get admission(): string {
    return join(this.root, 'pg_hba.conf');
  }

  /** For initdb, while it runs. */
  get password(): string {
    return join(this.root, 'password');
  }

  get log(): string {
    return join(this.root, 'postgres.log');
  }

  get kind(): DirectoryKind {
    if (!existsSync(join(this.cluster, 'PG_VERSION'))) return 'empty';
    if (existsSync(join(this.root, 'incomplete'))) return 'incomplete';
    if (existsSync(join(this.root, 'unclaimed'))) return 'unclaimed';
    return existsSync(join(this.cluster, 'standby.signal')) ? 'standby' : 'primary';
  }

  mark(marker: 'unclaimed' | 'incomplete'): void {
    this.write(join(this.root, marker), '');
  }

  unmark(marker: 'unclaimed' | 'incomplete'): void {
    rmSync(join(this.root, marker), { force: true });
  }

  /** PostgreSQL starts as a standby from then on, until it is promoted. */
  makeStandby(): void {
    this.write(join(this.cluster, 'standby.signal'), '');
  }

  /** The finished copy becomes the data; what was there before goes only now. */
  adoptCopy(): void {
    this.write(join(this.copy, 'standby.signal'), '');
    this.mark('incomplete');
    rmSync(this.cluster, { recursive: true, force: true });
    renameSync(this.copy, this.cluster);
    this.unmark('incomplete');
    this.unmark('unclaimed');
  }

  get knownHolder(): KnownHolder | undefined {
    const path = join(this.root, 'known-holder.json');
    if (!existsSync(path)) return undefined;
    const value: Partial<KnownHolder> = JSON.parse(readFileSync(path, 'utf8'));
    const { holder, epoch } = value;
    return holder === undefined || epoch === undefined ? undefined : { holder, epoch };
  }

  set knownHolder(known: KnownHolder) {
    this.write(join(this.root, 'known-holder.json'), JSON.stringify(known));
  }

  /** Whole or not at all, and owned by whoever PostgreSQL runs as. */
  write(path: string, content: string): void {
    const temporary = `${path}.new`;
    writeFileSync(temporary, content, { mode: 0o600 });
    if (this.#user !== undefined) chownSync(temporary, this.#user.uid, this.#user.gid);
    renameSync(temporary, path);
  }
}
