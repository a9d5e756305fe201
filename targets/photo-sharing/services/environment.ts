/** Where to listen or what to dial. */
export interface Address {
  host: string;
  port: number;
}

/** What to dial, by the name of its node. */
export interface NamedAddress extends Address {
  name: string;
}

/** What every service of ours is told about itself. */
export interface Identity {
  node: string;
  zone: string;
  mutant: string | undefined;
}

/** Thrown when the environment is not as a service needs it; the message names every problem, one a line. */
export class EnvironmentProblem extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(
      `The environment has ${problems.length} problem(s):\n${problems.map((problem) => `  ${problem}`).join('\n')}`,
    );
    this.name = 'EnvironmentProblem';
    this.problems = problems;
  }
}

/**
 * Reads settings from environment variables and reports all problems at once.
 * @throws EnvironmentProblem after `read` has asked for everything.
 */
export function readEnvironment<T>(
  variables: Record<string, string | undefined>,
  read: (environment: EnvironmentReader) => T,
): T {
  const environment = new EnvironmentReader(variables);
  const settings = read(environment);
  environment.throwProblems();
  return settings;
}

export function readIdentity(environment: EnvironmentReader): Identity {
  return {
    node: environment.text('FAULTLINE_NODE'),
    zone: environment.text('FAULTLINE_ZONE'),
    mutant: environment.optionalText('FAULTLINE_MUTANT'),
  };
}

/** Typed access; a value with a problem is replaced by a stand-in, which nobody sees because the reading then throws. */
export class EnvironmentReader {
  readonly #variables: Record<string, string | undefined>;
  readonly #problems: string[] = [];

  constructor(variables: Record<string, string | undefined>) {
    this.#variables = variables;
  }

  /** Empty counts as unset. */
  optionalText(name: string): string | undefined {
    return this.#variables[name] || undefined;
  }

  text(name: string): string {
    return this.optionalText(name) ?? this.reject(name, 'a value', '');
  }

  /** A whole number within the limits, both included. */
  integer(name: string, { standard, least, most }: { standard: number; least: number; most: number }): number {
    const text = this.optionalText(name);
    if (text === undefined) return standard;
    const value = Number(text);
    if (/^-?\d+$/.test(text) && value >= least && value <= most) return value;
    return this.reject(name, `a whole number from ${least} to ${most}`, standard);
  }

  /** `host:port`; the port 0 asks the operating system for a free one. */
  address(name: string): Address {
    const text = this.optionalText(name) ?? '';
    return parseAddress(text) ?? this.reject(name, 'host:port', { host: '', port: 0 });
  }

  /** `host:port,host:port`, in order. */
  addresses(name: string): Address[] {
    const addresses = (this.optionalText(name) ?? '').split(',').map((part) => parseAddress(part.trim()));
    const complete = addresses.filter((address) => address !== undefined);
    return complete.length === addresses.length ? complete : this.reject(name, 'host:port,host:port', []);
  }

  /** `name=host:port,name=host:port`, in order; none when unset. */
  namedAddresses(name: string): NamedAddress[] {
    const parts = this.optionalText(name)?.split(',') ?? [];
    const addresses = parts.map(parseNamedAddress).filter((address) => address !== undefined);
    if (addresses.length === parts.length) return addresses;
    return this.reject(name, 'name=host:port,name=host:port', []);
  }

  choice<const Choice extends string>(name: string, choices: readonly Choice[], standard: Choice): Choice {
    const text = this.optionalText(name);
    if (text === undefined) return standard;
    return choices.find((choice) => choice === text) ?? this.reject(name, `one of ${choices.join(', ')}`, standard);
  }

  /** Notes a problem that only the caller can see; returns the stand-in. */
  reject<T>(name: string, expected: string, standIn: T): T {
    const text = this.optionalText(name);
    this.#problems.push(`${name}: expected ${expected}, but it ${text === undefined ? 'is not set' : `is '${text}'`}`);
    return standIn;
  }

  throwProblems(): void {
    if (this.#problems.length > 0) throw new EnvironmentProblem(this.#problems);
  }
}

function parseAddress(text: string): Address | undefined {
  const match = /^(?<host>[^:\s]+|\[[^\]\s]+\]):(?<port>\d{1,5})$/.exec(text);
  const port = Number(match?.groups?.port);
  return match?.groups?.host !== undefined && port <= 65_535 ? { host: match.groups.host, port } : undefined;
}

function parseNamedAddress(text: string): NamedAddress | undefined {
  const [name = '', rest = ''] = text.trim().split('=');
  const address = parseAddress(rest);
  return name === '' || address === undefined ? undefined : { name, ...address };
}
