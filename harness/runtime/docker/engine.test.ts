import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'mocha';
import { EXIT_USAGE, type Problem } from '../../base/errors.ts';
import { connectEngine } from './engine.ts';

describe('The connection to an engine', () => {
  const host = process.env.DOCKER_HOST;
  afterEach(() => {
    if (host === undefined) delete process.env.DOCKER_HOST;
    else process.env.DOCKER_HOST = host;
  });

  it('is a problem of the user where none answers, with the reason', async () => {
    process.env.DOCKER_HOST = 'unix:///nowhere/docker.sock';
    await assert.rejects(connectEngine(), (problem: Problem) => {
      assert.equal(problem.code, 'no-engine');
      assert.equal(
        problem.message,
        'No Docker Engine answers (unix:///nowhere/docker.sock: connect ENOENT /nowhere/docker.sock)',
      );
      assert.equal(problem.exitCode, EXIT_USAGE);
      return true;
    });
  });
});
