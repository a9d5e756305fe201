import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { describe, it } from 'mocha';

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');

/** The tests that BEHAVIOUR.md names: a file, and words of a title in it. */
const named = [...read('BEHAVIOUR.md').matchAll(/`([\w./-]+\.test\.ts)` ([^<|\n]+?)\s*(?=<br>|\|)/g)].map(
  ([, file = '', words = '']) => ({ file, words }),
);

describe('BEHAVIOUR.md', () => {
  it('names tests that exist', () => {
    assert.ok(named.length > 100, `${named.length} tests are named`);
    for (const { file, words } of named) {
      const titles = read(file).match(/\b(it|describe)\(\s*['"`].*/g) ?? [];
      assert.ok(
        titles.some((title) => title.includes(words)),
        `${file} has no test whose title has the words: ${words}`,
      );
    }
  });

  it('names every file of tests', () => {
    const files = globSync('**/*.test.ts', { cwd: new URL('.', import.meta.url) });
    const missing = files.filter(
      (file) => file !== 'behaviour-page.test.ts' && !named.some((row) => row.file === file),
    );
    assert.deepEqual(missing, []);
  });
});
