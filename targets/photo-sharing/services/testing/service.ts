import { fileURLToPath } from 'node:url';
import { eventually } from './poll.ts';
import { Program } from './programs.ts';

const FOLDER = fileURLToPath(new URL('..', import.meta.url));

/** One of our services as its own process, as in the real target: telemetry preloaded, settings by environment. */
export function startService(service: 'web' | 'geodns', environment: Record<string, string>): Program {
  const programArguments = [
    '--disable-warning=ExperimentalWarning',
    '--import',
    `${FOLDER}telemetry.ts`,
    `${FOLDER}${service}/main.ts`,
  ];
  return new Program(process.execPath, programArguments, { OTEL_EXPORTER_OTLP_ENDPOINT: '', ...environment });
}

/** The line that a service logs when it is ready. */
export async function servingLine(program: Program): Promise<Record<string, unknown>> {
  return await eventually('the service to serve', () => {
    if (!program.isRunning) throw new Error(program.output);
    return program.lines.find(({ msg }) => msg === 'serving');
  });
}
