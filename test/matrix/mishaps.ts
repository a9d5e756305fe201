import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { appendFileSync, readFileSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { pollUntil } from '../../harness/base/poll.ts';
import { connectEngine } from '../../harness/runtime/docker/engine.ts';
import { RUN_LABEL } from '../../harness/runtime/docker/labels.ts';
import { runsRoot } from '../../harness/runtime/run-folder.ts';
import {
  awaitPhase,
  type ExperimentWords,
  type RunningExperiment,
  readRun,
  runCommand,
  withExperiment,
} from '../e2e/command.ts';
import { expectNothingLeft } from '../e2e/leftovers.ts';
import type { Driver, Surroundings } from './drivers.ts';
import { SHORT } from './interruptions.ts';
import { OwnEngine } from './own-engine.ts';

/** Something that goes wrong in the middle of a run, and how the run must end then; nothing of it may be left. */
export interface Mishap {
  readonly name: string;
  /** The only driver that it can happen to; left out: any. */
  readonly driver?: Driver;
  readonly try: (surroundings: Surroundings) => Promise<void>;
}

const LONG_HOLD = [...SHORT.filter((text) => !text.startsWith('hold=')), 'hold=60'];
/** What a run needs free to begin, and some more. */
const SMALL_DISK_MEBIBYTES = 1200;
/** Below the 100 MiB at which a run ends by itself, and enough for its report. */
const NEARLY_FULL_MEBIBYTES = 60;
const MEBIBYTE = 2 ** 20;
const execute = promisify(execFile);

export const MISHAPS: readonly Mishap[] = [
  {
    name: 'Ctrl-C twice in hold',
    try: (on) =>
      inHold(on, async (command) => {
        command.process.kill('SIGINT');
        await printed(command, 'taking everything back');
        command.process.kill('SIGINT');
        assert.equal(await command.exit(), 130);
        assert.match(command.output(), /Already taking everything back/);
        assert.equal((await readRun(command.reports)).verdict, 'interrupted');
      }),
  },
  {
    name: 'SIGTERM in hold',
    try: (on) =>
      inHold(on, async (command) => {
        command.process.kill('SIGTERM');
        assert.equal(await command.exit(), 130);
        assert.equal((await readRun(command.reports)).verdict, 'interrupted');
      }),
  },
  {
    name: 'Toxiproxy server killed in hold',
    try: (on) =>
      inHold(on, async (command, runId) => {
        await killToxiproxy(runId, on);
        assert.equal(await command.exit(), 5);
        const { verdict, ending } = await readRun(command.reports);
        assert.equal(verdict, 'failed');
        assert.match(ending?.reason ?? '', /The Toxiproxy server, which carries every edge, ended/);
      }),
  },
  {
    name: 'acknowledged writes lost in hold',
    async try(on) {
      const claim = async (command: RunningExperiment) => {
        assert.equal(await command.exit(), 3);
        const { verdict, abort } = await readRun(command.reports);
        assert.equal(verdict, 'aborted');
        assert.equal(abort?.condition, 'lost-writes > 0');
      };
      await inHold(on, claim, { mutant: 'false-in-sync', stop: ['lost-writes > 0'] });
    },
  },
  {
    name: 'disk nearly full in hold',
    try: (on) =>
      onSmallDisk(on, async (command) => {
        fill(command.reports, NEARLY_FULL_MEBIBYTES);
        assert.equal(await command.exit(), 3);
        const { verdict, abort } = await readRun(command.reports);
        assert.equal(verdict, 'aborted');
        assert.equal(abort?.condition, 'free-disk < 100');
      }),
  },
  {
    name: 'disk full in hold',
    try: (on) =>
      onSmallDisk(on, async (command) => {
        fill(command.reports, 0);
        assert.equal(await command.exit(), 5);
        assert.match(command.output(), /everything is down, but no verdict could be made: ENOSPC/);
      }),
  },
  {
    name: 'Docker Engine restarted in hold',
    driver: 'docker',
    async try(on) {
      await using engine = await OwnEngine.start();
      using _ = engine.asTheOnlyOne();
      const claim = async (command: RunningExperiment) => {
        await engine.end();
        assert.equal(await command.exit(), 5);
        const { verdict, ending } = await readRun(command.reports);
        assert.equal(verdict, 'failed');
        // An engine that ends in order may take the Toxiproxy container with it before it goes itself.
        assert.match(ending?.reason ?? '', /ended in the middle of the run/);
        await engine.begin();
        const undo = await runCommand('undo');
        assert.equal(undo.code, 0, undo.output());
      };
      await inHold(on, claim, { prefix: engine.inside });
    },
  },
];

async function inHold(
  { driver, signal }: Surroundings,
  claim: (command: RunningExperiment, runId: string) => Promise<void>,
  around: Pick<ExperimentWords, 'onFolder' | 'prefix' | 'mutant' | 'stop'> = {},
): Promise<void> {
  const words = { experiment: 'dc-outage', driver, set: LONG_HOLD, signal, ...around };
  await withExperiment(words, async (command) => {
    const runId = await awaitPhase(command, 'hold');
    await claim(command, runId);
    await expectNothingLeft(runId);
  });
}

/** Runs are recorded on a file system of their own, in memory; only root may mount one. */
async function onSmallDisk(on: Surroundings, claim: (command: RunningExperiment) => Promise<void>): Promise<void> {
  await inHold(on, claim, {
    async onFolder(reports) {
      await execute('mount', ['-t', 'tmpfs', '-o', `size=${SMALL_DISK_MEBIBYTES}m`, 'faultline-test', reports]);
      return { [Symbol.asyncDispose]: async () => void (await execute('umount', ['--lazy', reports])) };
    },
  });
}

/** Leaves that much free, by one file; the run itself may be quicker with the last of it. */
function fill(folder: string, leaveMebibytes: number): void {
  const { bavail, bsize } = statfsSync(folder);
  const pieces = Math.ceil((bavail * bsize) / MEBIBYTE - leaveMebibytes);
  try {
    for (let piece = 0; piece < pieces; piece += 1) appendFileSync(join(folder, 'filler'), Buffer.alloc(MEBIBYTE));
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'ENOSPC') throw thrown;
  }
}

async function killToxiproxy(runId: string, { driver }: Surroundings): Promise<void> {
  if (driver === 'docker') {
    const { api } = await connectEngine();
    const [found] = await api.listContainers({ filters: { label: [`${RUN_LABEL}=${runId}`], name: ['toxiproxy'] } });
    assert.ok(found !== undefined, 'there should be a Toxiproxy container');
    await api.getContainer(found.Id).kill();
    return;
  }
  const records = readFileSync(join(runsRoot(), runId, 'processes.jsonl'), 'utf8')
    .trim()
    .split('\n');
  const servers = records.map((line) => JSON.parse(line) as { node: string; pid: number });
  const server = servers.find(({ node }) => node === 'toxiproxy');
  assert.ok(server !== undefined, 'there should be a Toxiproxy server');
  process.kill(server.pid, 'SIGKILL');
}

async function printed(command: RunningExperiment, words: string): Promise<void> {
  await pollUntil(
    () =>
      command.output().includes(words)
        ? { done: true, value: undefined }
        : { done: false, seen: command.output().slice(-200) },
    { subject: `"${words}" to be printed`, timeoutMs: 20_000 },
  );
}
