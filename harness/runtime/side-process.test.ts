import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { pollUntil } from '../base/poll.ts';
import { SideProcess } from './side-process.ts';

/** Echoes each command; `boom` ends it with a reason, and closing its input ends it in order. */
const SCRIPT = `
import { createInterface } from 'node:readline';
console.log(JSON.stringify({ ready: true }));
createInterface({ input: process.stdin })
  .on('line', (line) => {
    const message = JSON.parse(line);
    if (message.say === 'boom') { console.error('out of paper'); process.exit(3); }
    console.log(JSON.stringify({ said: message.say }));
  })
  .on('close', () => process.exit(0));
`;

describe('a process beside the runner', () => {
  let folder: string;
  let side: SideProcess;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'faultline-side-'));
    const script = join(folder, 'echo.mjs');
    await writeFile(script, SCRIPT);
    side = SideProcess.start('echo', script, []);
  });
  afterEach(async () => {
    await side.end();
    await rm(folder, { recursive: true });
  });

  const said = (message: Record<string, unknown>) => (typeof message.said === 'string' ? message.said : undefined);

  it('answers commands, and keeps what nobody took for whoever asks later', async () => {
    side.send({ say: 'hello' });
    assert.equal(await side.next(said, { awaited: 'an echo', timeoutMs: 5000 }), 'hello');
    const ready = await side.next((message) => message.ready, { awaited: 'to be ready', timeoutMs: 5000 });
    assert.equal(ready, true);
  });

  it('shows every message first to whoever consumes', async () => {
    const seen: string[] = [];
    side.consume((message) => {
      const text = said(message);
      if (text === undefined || text === 'for-next') return false;
      seen.push(text);
      return true;
    });
    for (const say of ['one', 'for-next', 'two', 'three']) side.send({ say });
    assert.equal(await side.next(said, { awaited: 'an echo', timeoutMs: 5000 }), 'for-next');
    await pollUntil(() => (seen.length === 3 ? { done: true, value: seen } : { done: false, seen: seen.join() }), {
      subject: 'three messages',
      timeoutMs: 5000,
    });
    assert.deepEqual(seen, ['one', 'two', 'three']);
  });

  it('tells what it printed when it ends while something is awaited', async () => {
    side.send({ say: 'boom' });
    await assert.rejects(
      side.next(said, { awaited: 'an echo', timeoutMs: 5000 }),
      /The echo ended with code 3 while an echo was awaited: out of paper/,
    );
  });

  it('gives up after the time limit, naming the last message', async () => {
    await assert.rejects(
      side.next((message) => message.never, { awaited: 'a miracle', timeoutMs: 300 }),
      /Waited 300 ms for a miracle from the echo/,
    );
  });

  it('is ended when its first sign of life does not come', async () => {
    const waiting = side.firstSign((message) => message.never, { awaited: 'a sign', timeoutMs: 200 });
    await assert.rejects(waiting, /Waited 200 ms for a sign/);
    assert.equal(side.running, false);
  });

  it('stops waiting when it is aborted', async () => {
    const reason = new Error('enough');
    const waiting = side.next(said, { awaited: 'an echo', timeoutMs: 5000, signal: AbortSignal.abort(reason) });
    await assert.rejects(waiting, reason);
  });
});
