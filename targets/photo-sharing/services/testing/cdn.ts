import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CONFIGURATION_FILE, type Configuration, renderConfiguration } from '../cdn/configuration.ts';
import { freePorts } from './free-ports.ts';
import { eventually } from './poll.ts';
import { type Program, removeFolder, temporaryFolder } from './programs.ts';
import { servingLine, startService } from './service.ts';

/** An edge of the content delivery network as a process with its nginx. */
export class TestCdn {
  readonly program: Program;
  readonly folder: string;
  /** `127.0.0.1:1234`, for clients. */
  readonly host: string;
  readonly agentUrl: string;

  private constructor(program: Program, folder: string, { host, agentUrl }: Pick<TestCdn, 'host' | 'agentUrl'>) {
    this.program = program;
    this.folder = folder;
    this.host = host;
    this.agentUrl = agentUrl;
  }

  /** @param folder of an earlier one, whose copies it has then. */
  static async start(
    options: Omit<Configuration, 'listen'>,
    folder: string = temporaryFolder('cdn'),
  ): Promise<TestCdn> {
    const { http, agent } = await freePorts(['http', 'agent']);
    const listen = { host: '127.0.0.1', port: http! };
    writeFileSync(join(folder, CONFIGURATION_FILE), renderConfiguration({ ...options, listen }));
    const program = startService('cdn', {
      ...{ FAULTLINE_NODE: 'cdn.edge', FAULTLINE_ZONE: 'edge', CDN_DIRECTORY: folder, NGINX: nginx() },
      AGENT_LISTEN: `127.0.0.1:${agent}`,
    });
    const cdn = new TestCdn(program, folder, { host: `127.0.0.1:${http}`, agentUrl: `http://127.0.0.1:${agent}` });
    await servingLine(program);
    await eventually('nginx to answer', async () => {
      return (await fetch(`http://${cdn.host}/healthz`)).ok ? true : undefined;
    });
    return cdn;
  }

  /** The value of a series; NaN when there is none. */
  async metric(series: string): Promise<number> {
    const page = await (await fetch(`${this.agentUrl}/metrics`)).text();
    const line = page.split('\n').find((candidate) => candidate.startsWith(`${series} `));
    return Number(line?.slice(series.length) ?? Number.NaN);
  }

  async remove(): Promise<void> {
    await this.program.stop('SIGKILL');
    removeFolder(this.folder);
  }
}

/** Where it is: server programs are often outside an ordinary user's PATH. */
function nginx(): string {
  const path = `${process.env.PATH}:/usr/sbin:/usr/local/sbin`;
  return execFileSync('which', ['nginx'], { encoding: 'utf8', env: { ...process.env, PATH: path } }).trim();
}
