import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { holdServices, restoreLeftovers } from './service-policy.mjs';

const module = new URL('./service-policy.mjs', import.meta.url).href;
const never = new AbortController().signal;

describe('holding services while packages are installed', () => {
  let root: string;
  let policy: string;
  let setting: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'faultline-service-policy-'));
    policy = join(root, 'usr/sbin/policy-rc.d');
    setting = join(root, 'etc/postgresql-common/createcluster.d/faultline.conf');
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const writeFormer = (): void => {
    mkdirSync(join(root, 'usr/sbin'), { recursive: true });
    writeFileSync(policy, '#!/bin/sh\nexit 42\n', { mode: 0o755 });
  };
  const decision = (): number | null => spawnSync('sh', [policy, 'nats-server', 'start']).status;
  /** Another process that holds the services, and then does what the code says. */
  const holdElsewhere = (then: string) => {
    const code = `import { holdServices } from ${JSON.stringify(module)};
      await holdServices(new AbortController().signal, ${JSON.stringify(root)});
      ${then}`;
    return spawnSync(process.execPath, ['--input-type=module', '--eval', code], { encoding: 'utf8' });
  };

  it('forbids every start and the making of a database, and leaves nothing behind', async () => {
    const release = await holdServices(never, root);
    assert.equal(decision(), 101);
    assert.equal(readFileSync(setting, 'utf8'), 'create_main_cluster = false\n');
    release();
    assert.equal(existsSync(policy), false);
    assert.equal(existsSync(join(setting, '..')), false);
  });

  it('puts a former policy back as it was', async () => {
    writeFormer();
    const release = await holdServices(never, root);
    assert.equal(decision(), 101);
    release();
    assert.equal(readFileSync(policy, 'utf8'), '#!/bin/sh\nexit 42\n');
    assert.equal(decision(), 42);
  });

  it('puts it back when the process ends by an error', () => {
    writeFormer();
    assert.equal(holdElsewhere("throw new Error('broken');").status, 1);
    assert.equal(decision(), 42);
  });

  it('forbids nothing once its process was killed, and is cleared away by the next one', () => {
    writeFormer();
    assert.equal(holdElsewhere("process.kill(process.pid, 'SIGKILL');").signal, 'SIGKILL');
    assert.equal(decision(), 42);
    assert.match(readFileSync(policy, 'utf8'), /faultline-bootstrap/);
    restoreLeftovers(root);
    assert.equal(readFileSync(policy, 'utf8'), '#!/bin/sh\nexit 42\n');
    assert.equal(existsSync(setting), false);
  });

  it('leaves the policy alone while another bootstrap holds it, and waits until that one is told to stop waiting', async () => {
    mkdirSync(join(root, 'usr/sbin'), { recursive: true });
    const held = `#!/bin/sh\n# faultline-bootstrap ${process.ppid}\nexit 101\n`;
    writeFileSync(policy, held);
    restoreLeftovers(root);
    assert.equal(readFileSync(policy, 'utf8'), held);
    await assert.rejects(holdServices(AbortSignal.abort(new Error('interrupted')), root), /interrupted/);
    assert.equal(readFileSync(policy, 'utf8'), held);
  });
});
