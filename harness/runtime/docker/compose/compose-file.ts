import { Document } from 'yaml';

/** The part of the Compose specification that both `docker compose` and docker-compose 1.29 understand, and we use. */
export interface ComposeFile {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly networks: Readonly<Record<string, ComposeNetwork>>;
}

export interface ComposeService {
  readonly image: string;
  readonly profiles?: readonly string[];
  readonly hostname?: string;
  readonly cap_add?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: 'service_healthy' }>>;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly working_dir?: string;
  readonly volumes?: readonly string[];
  readonly tmpfs?: string;
  readonly networks: Readonly<Record<string, { readonly ipv4_address: string; readonly priority?: number }>>;
  readonly ports?: readonly string[];
  readonly healthcheck?: ComposeHealthCheck;
  readonly cpus?: number;
  readonly mem_limit?: string;
  readonly memswap_limit?: string;
}

export interface ComposeHealthCheck {
  readonly test: readonly string[];
  readonly interval: string;
  readonly timeout: string;
  readonly retries: number;
  readonly start_period: string;
}

interface ComposeNetwork {
  readonly internal: boolean;
  readonly ipam: { readonly config: readonly [{ readonly subnet: string }] };
}

/** Services and files that they mount, which belong together. Paths are relative to the Compose file. */
export interface ComposePart {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly files: ReadonlyMap<string, string>;
}

/** The text of the file, with what `header` says above it. */
export function composeFileText(file: ComposeFile, header: readonly string[]): string {
  const document = new Document(file, { aliasDuplicateObjects: false });
  const comment = header.map((line) => `# ${line}`.trimEnd());
  return `${comment.join('\n')}\n\n${document.toString({ lineWidth: 0 })}`;
}

/** Text that Compose hands on as it is: it would take `$` for a variable of its own. */
export function literally(text: string): string {
  return text.replaceAll('$', '$$$$');
}
