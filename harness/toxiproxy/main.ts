import { readFile } from 'node:fs/promises';
import { Command, InvalidArgumentError } from 'commander';
import { EXIT_FAILED, EXIT_USAGE, messageOf, Problem } from '../base/errors.ts';
import { startToxiproxyServer, type ToxiproxyServerOptions } from './server.ts';

interface Flags {
  host: string;
  port: number;
  config?: string;
  seed: string;
  metrics: boolean;
  ownerLease?: number;
}

/** Starts the server as a process of its own; prints `{"listening":"127.0.0.1:8474"}` when it answers. */
async function main(): Promise<void> {
  const flags = readFlags();
  const options: ToxiproxyServerOptions = {
    host: flags.host,
    port: flags.port,
    seed: flags.seed,
    metrics: flags.metrics,
  };
  if (flags.config !== undefined) options.config = await readFile(flags.config, 'utf8');
  if (flags.ownerLease !== undefined) {
    options.ownerLease = { durationMs: flags.ownerLease, onAbandoned: () => process.exit(0) };
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => process.exit(0));
  const server = await startToxiproxyServer(options);
  const { host, port } = server.address;
  process.stdout.write(
    `${JSON.stringify({ listening: host.includes(':') ? `[${host}]:${port}` : `${host}:${port}` })}\n`,
  );
}

function readFlags(): Flags {
  return new Command('toxiproxy')
    .description('A Toxiproxy-compatible server: any Toxiproxy client library or CLI can drive it.')
    .option('--host <address>', 'where the API listens', '127.0.0.1')
    .option('--port <number>', 'port of the API; 0 takes any free one', portNumber, 8474)
    .option('--config <file>', 'JSON list of proxies to begin with')
    .option('--seed <text>', 'seed of every random draw', '1')
    .option('--metrics', 'serve Prometheus metrics on /metrics', false)
    .option(
      '--owner-lease <ms>',
      'end all leased toxics when POST /leases stays out for this long, and exit when it stays out as long again',
      duration,
    )
    .allowExcessArguments(false)
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : EXIT_USAGE))
    .parse()
    .opts<Flags>();
}

function portNumber(text: string): number {
  if (/^\d+$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new InvalidArgumentError(`Expected a port from 0 to 65535, got ${text}.`);
}

function duration(text: string): number {
  if (/^\d+$/.test(text) && Number(text) > 0) return Number(text);
  throw new InvalidArgumentError(`Expected milliseconds above 0, got ${text}.`);
}

main().catch((thrown: unknown) => {
  process.stderr.write(`${messageOf(thrown)}\n`);
  if (thrown instanceof Problem && thrown.hint !== undefined) process.stderr.write(`${thrown.hint}\n`);
  process.exit(thrown instanceof Problem ? thrown.exitCode : EXIT_FAILED);
});
