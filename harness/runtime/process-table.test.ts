import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { isAlive, listProcesses, type ProcessEntry, processesOf, startTimeOf } from './process-table.ts';

const DIRECTORY = '/somewhere/run/nodes/db';

const entry = (pid: number, changes: Partial<ProcessEntry> = {}): ProcessEntry => ({
  pid,
  parent: 1,
  startTime: String(pid),
  stopped: false,
  directory: '/',
  command: '',
  hasTerminal: false,
  ...changes,
});

const members = (table: ProcessEntry[], recorded: { pid: number; startTime: string }[] = []) =>
  processesOf(table, { directory: DIRECTORY, recorded }).map(({ pid }) => pid);

describe('Processes of a directory', () => {
  it('are those that work inside it, and not those of a folder whose name only begins alike', () => {
    const table = [
      entry(2, { directory: DIRECTORY }),
      entry(3, { directory: `${DIRECTORY}/data` }),
      entry(4, { directory: `${DIRECTORY} (deleted)` }),
      entry(5, { directory: `${DIRECTORY}-2` }),
      entry(6, { directory: '/somewhere/run' }),
      entry(7, { directory: null }),
    ];
    assert.deepEqual(members(table), [2, 3, 4]);
  });

  it('are those that were recorded, unless the number went to another process since', () => {
    const recorded = [
      { pid: 2, startTime: '2' },
      { pid: 3, startTime: 'long ago' },
    ];
    assert.deepEqual(members([entry(2), entry(3)], recorded), [2]);
  });

  it('are their descendants too, wherever those work', () => {
    const table = [entry(4, { parent: 3 }), entry(3, { parent: 2 }), entry(2, { directory: DIRECTORY }), entry(5)];
    assert.deepEqual(members(table), [4, 3, 2]);
  });

  it('are never a person who looks around, nor whoever runs this', () => {
    const table = [
      entry(2, { directory: DIRECTORY, hasTerminal: true }),
      entry(3, { directory: DIRECTORY }),
      entry(process.pid, { directory: DIRECTORY, parent: 3 }),
    ];
    assert.deepEqual(members(table), []);
  });

  it('are found by their command line where no working directory is told', () => {
    const table = [
      entry(2, { directory: null, command: `redis-server ${DIRECTORY}/redis.conf` }),
      entry(3, { directory: null, command: `redis-server ${DIRECTORY}-2/redis.conf` }),
    ];
    assert.deepEqual(members(table), [2]);
  });
});

describe('The process table', () => {
  it('shows this process with its parent and its working directory', async () => {
    const own = (await listProcesses()).find(({ pid }) => pid === process.pid);
    assert.equal(own?.parent, process.ppid);
    assert.equal(own.startTime, startTimeOf(process.pid));
    if (process.platform === 'linux') assert.equal(own.directory, process.cwd());
  });

  it('tells a process from an earlier one of the same number', () => {
    const startTime = startTimeOf(process.pid);
    assert.ok(startTime);
    assert.equal(isAlive({ pid: process.pid, startTime }), true);
    assert.equal(isAlive({ pid: process.pid, startTime: 'another' }), false);
  });
});
