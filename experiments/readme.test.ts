import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, it } from 'mocha';
import type { Experiment } from '../harness/index.ts';
import { planRun } from '../harness/run/plan.ts';

const root = new URL('../', import.meta.url);

describe('README', () => {
  it('shows an experiment that can be planned as it stands', async () => {
    const text = await readFile(new URL('README.md', root), 'utf8');
    const snippet = /```ts\n([\s\S]*?)```/.exec(text)?.[1];
    assert.ok(snippet !== undefined, 'README has no TypeScript snippet');
    const folder = await mkdtemp(join(tmpdir(), 'faultline-readme-'));
    try {
      // The snippet lives in experiments/: its imports are relative to that folder.
      const absolute = snippet.replaceAll(
        /from '(\.{1,2}\/[^']+)'/g,
        (_, path: string) => `from '${new URL(path, new URL('experiments/', root)).href}'`,
      );
      const file = join(folder, 'short-partition.ts');
      await writeFile(file, absolute);
      const { default: experiment } = (await import(pathToFileURL(file).href)) as { default: Experiment };
      const plan = planRun(experiment, { set: [] });
      assert.equal(plan.faults[0]?.fault.title, 'Network partition that isolates us-east');
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('names only commands that exist', async () => {
    const text = await readFile(new URL('README.md', root), 'utf8');
    const { scripts } = JSON.parse(await readFile(new URL('package.json', root), 'utf8')) as {
      scripts: Record<string, string>;
    };
    const named = [...text.matchAll(/npm run ([a-z:]+)/g)].map((match) => match[1]!);
    assert.deepEqual(
      named.filter((name) => !(name in scripts)),
      [],
    );
  });
});
