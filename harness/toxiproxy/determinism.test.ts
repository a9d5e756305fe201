import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { draws } from './testing/draws.ts';
import { Fixture } from './testing/fixture.ts';

async function drawsWith(seed: string, between: (fixture: Fixture) => Promise<unknown> = async () => {}) {
  const fixture = await Fixture.start({ seed });
  try {
    return await draws(fixture.server.url, fixture.upstream, () => between(fixture));
  } finally {
    await fixture.stop();
  }
}

describe('draws', function () {
  this.timeout(30_000);
  it('are the same with the same seed and order of connections, and act on some connections only', async () => {
    const first = await drawsWith('one');
    assert.deepEqual(await drawsWith('one'), first);
    assert.equal(new Set(first).size, 2);
  });

  it('are others with another seed', async () => {
    assert.notDeepEqual(await drawsWith('two'), await drawsWith('one'));
  });

  it('do not depend on what other proxies and other toxics draw', async () => {
    let round = 0;
    const disturbed = await drawsWith('one', async (fixture) => {
      round += 1;
      const noise = { type: 'slicer', attributes: { average_size: 5, size_variation: 3 }, toxicity: 0.5 };
      await fixture.dialThrough(await fixture.createProxy(`other ${round}`, { toxics: [noise] }));
      await fixture.addToxic({ ...noise, name: `noise ${round}` });
    });
    assert.deepEqual(disturbed, await drawsWith('one'));
  });
});
