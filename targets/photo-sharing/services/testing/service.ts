import { fileURLToPath } from 'node:url';
import { eventually } from './poll.ts';
import { Program } from './programs.ts';

const FOLDER = fileURLToPath(new URL('..', import.meta.url));

/** One of our services as its own process, as in the real target: telemetry preloaded, settings by environment. */
export function startService(
  service: 'web' | 'geodns' | 'database-agent' | 'cdn',
  environment: Record<string, string>,
): Program {
  const programArguments = [
    '--disable-warning=ExperimentalWarning',
    '--import',
    `${FOLDER}telemetry.ts`,
    `${FOLDER}${service}/main.ts`,
  ];
  return new Program(process.execPath, programArguments, { OTEL_EXPORTER_OTLP_ENDPOINT: '', ...environment });
}

/** The line that a service logs when it is ready; rejects with its output when it ends instead. */
export async function servingLine(program: Program): Promise<Record<string, unknown>> {
  const ended = program.exited.then((code) => {
    throw new Error(`the service ended with code ${code}:\n${program.output}`);
  });
  const serving = eventually('the service to serve', () => program.lines.find(({ msg }) => msg === 'serving'));
  serving.catch(() => undefined);
  return await Promise.race([serving, ended]);
}
