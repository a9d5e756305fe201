import assert from 'node:assert/strict';
import { appendFile, mkdtemp, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { systemClock } from '../base/clock.ts';
import type { Problem } from '../base/errors.ts';
import { openJournal } from './journal.ts';
import { readJsonLines } from './json-lines.ts';
import { loadRun } from './load.ts';
import { createRunDirectory, findRun, newRunId, runDirectory, writeJson } from './run-directory.ts';
import { readTargetEvents } from './target-events.ts';
import { unfinishedFaults } from './unfinished-faults.ts';

describe('run record on disk', () => {
  let reports: string;

  beforeEach(async () => {
    reports = await mkdtemp(join(tmpdir(), 'faultline-record-'));
  });
  afterEach(() => rm(reports, { recursive: true }));

  it('makes a folder whose name tells when and what, and points latest at it', async () => {
    const runId = newRunId('dc-outage', new Date('2026-01-02T03:04:05.678Z'), 'ab12');
    assert.equal(runId, '20260102-030405-dc-outage-ab12');
    await createRunDirectory(reports, runId);
    assert.equal(await readlink(join(reports, 'latest')), runId);
  });

  it('says before anything starts when the folder cannot be written', async () => {
    const file = join(reports, 'a-file');
    await writeFile(file, '');
    await assert.rejects(createRunDirectory(file, 'run'), (thrown: Problem) => {
      assert.equal(thrown.code, 'reports-unwritable');
      assert.equal(thrown.exitCode, 4);
      assert.match(thrown.hint ?? '', /--out/);
      return true;
    });
  });

  it('finds a run by id, by latest and by path, and otherwise lists the newest', async () => {
    const directory = await createRunDirectory(reports, '20260102-030405-dc-outage-ab12');
    await writeJson(directory.manifest, {});
    for (const name of [directory.runId, 'latest', directory.path]) {
      assert.equal((await readFile((await findRun(reports, name)).manifest, 'utf8')).trim(), '{}');
    }
    await assert.rejects(findRun(reports, 'other'), (thrown: Problem) => {
      assert.equal(thrown.hint, 'The newest runs: 20260102-030405-dc-outage-ab12.');
      return true;
    });
  });

  it('tells from a journal which faults were not taken back', async () => {
    const path = join(reports, 'journal.jsonl');
    const journal = openJournal(path, systemClock);
    journal.write('undo-registered', { fault: 0, kind: 'kill', title: 'Kill of web-1' });
    journal.write('undo-registered', { fault: 1, kind: 'latency', title: '200 ms latency' });
    journal.note('undone', { fault: 1 });
    journal.close();
    assert.deepEqual(await unfinishedFaults(path), ['Kill of web-1']);
  });

  it('keeps a note that cannot be written from ending anything, and tells of it', function () {
    if (process.platform !== 'linux') this.skip();
    const journal = openJournal('/dev/full', systemClock);
    journal.note('phase-started', { phase: 'undo' });
    assert.match(String(journal.problem), /ENOSPC/);
    assert.throws(() => journal.write('undo-registered'), { code: 'ENOSPC' });
    journal.close();
  });

  it('journals each step before the next may begin', async () => {
    const path = join(reports, 'journal.jsonl');
    const journal = openJournal(path, systemClock);
    journal.write('undo-registered', { fault: 0 });
    const { items } = await readJsonLines<Record<string, unknown>>(path);
    assert.equal(items[0]?.step, 'undo-registered');
    journal.close();
    journal.close();
  });

  it('keeps the good lines of a damaged file and names the bad one', async () => {
    const path = join(reports, 'lines.jsonl');
    await writeFile(path, '{"a":1}\n\n{"a":2}\n{"a":');
    const { items, problems } = await readJsonLines<{ a: number }>(path);
    assert.deepEqual(items, [{ a: 1 }, { a: 2 }]);
    assert.equal(problems.length, 1);
    assert.match(problems[0] ?? '', /^line 4: /);
  });

  it('loads a run with parts missing, and names each gap', async () => {
    const directory = await createRunDirectory(reports, 'run');
    await writeJson(directory.manifest, { version: 1 });
    await writeFile(directory.history, '{"type":"ok","index":3,"process":1,"endMs":1}\n');
    await writeFile(directory.spans, '');
    const record = await loadRun(directory);
    assert.deepEqual(record.operations, []);
    assert.equal(record.alerts, null);
    assert.equal(record.ledger, null);
    const gaps = record.gaps.map((gap) => gap.split(/ could| is not/)[0]).sort();
    assert.deepEqual(gaps, ['alerts', 'events of the target', 'history of operations', 'ledger', 'metrics']);
  });

  it('refuses a run of another version', async () => {
    const directory = runDirectory(reports);
    await writeJson(directory.manifest, { version: 99 });
    await assert.rejects(loadRun(directory), /it has version 99, this program reads version 1/);
  });

  it("takes the events, and nothing else, from the nodes' logs", async () => {
    const line = { level: 30, time: 1000, node: 'db.us-west', zone: 'us-west', event: 'fenced', msg: 'x', epoch: 3 };
    await writeFile(
      join(reports, 'db.us-west.log'),
      `LOG: starting\n${JSON.stringify(line)}\n{"time":1,"msg":"hello"}\n`,
    );
    await appendFile(join(reports, 'haproxy.log'), '[NOTICE] started\n');
    assert.deepEqual(await readTargetEvents(reports), [
      { atMs: 1000, node: 'db.us-west', zone: 'us-west', event: 'fenced', details: { epoch: 3 } },
    ]);
  });
});
