import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { getPriority } from 'node:os';
import { describe, it } from 'mocha';
import { mayGiveWay, STARTING_NICENESS, setNiceness, USUAL_NICENESS } from './niceness.ts';

describe('niceness', () => {
  it('reaches the process and its session, and is taken back whole', async function () {
    if (!mayGiveWay) this.skip();
    const child = spawn('sleep', ['60'], { detached: true, stdio: 'ignore' });
    try {
      await once(child, 'spawn');
      const pid = child.pid!;
      for (const niceness of [STARTING_NICENESS, USUAL_NICENESS]) {
        setNiceness([pid], niceness);
        assert.equal(getPriority(pid), niceness);
        const group = `/proc/${pid}/autogroup`;
        if (existsSync(group)) assert.match(readFileSync(group, 'utf8'), new RegExp(` nice ${niceness}\n$`));
      }
    } finally {
      child.kill('SIGKILL');
    }
  });

  it('takes no notice of a process that has ended', () => {
    setNiceness([2 ** 22 + 1], STARTING_NICENESS);
  });
});
