import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { readModules } from './modules.ts';
import { violationsOf } from './violations.ts';

const repository = fileURLToPath(new URL('../../', import.meta.url));

describe('the import rule', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'faultline-import-rule-'));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const violations = (files: Record<string, string>): string[] => {
    for (const [path, source] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), source);
    }
    return violationsOf(readModules(root, ['harness', 'targets', 'experiments', 'test']));
  };

  it('sees every TypeScript file of the harness, and what it imports', () => {
    const files = readdirSync(join(repository, 'harness'), { recursive: true, encoding: 'utf8' });
    const expected = files.filter((path) => path.endsWith('.ts'));
    const modules = readModules(repository, ['harness']).filter(({ path }) => path.endsWith('.ts'));
    assert.ok(expected.length > 50, `only ${expected.length} files`);
    assert.equal(modules.length, expected.length);
    const imports = modules.flatMap((module) => module.imports);
    assert.ok(
      imports.filter(({ kind }) => kind === 'module').length > modules.length,
      `only ${imports.length} imports`,
    );
  });

  it('finds a violation that is put into a copy of the real tree', () => {
    for (const folder of ['base', 'model']) {
      cpSync(join(repository, 'harness', folder), join(root, 'harness', folder), { recursive: true });
    }
    const found = violations({ 'harness/base/canary.ts': "import type { Edge } from '../model/topology.ts';\n" });
    assert.deepEqual(
      found.filter((violation) => violation.includes('canary')),
      ['harness/base/canary.ts:1 imports ../model/topology.ts, but of ours base may import only itself and nothing.'],
    );
  });

  it('finds every form of an import', () => {
    const forms = [
      "import { a } from '../run/a.ts';",
      "import type { A } from '../run/a.ts';",
      "import '../run/a.ts';",
      "export * from '../run/a.ts';",
      "export type { A } from '../run/a.ts';",
      "export const a = await import('../run/a.ts');",
      "export type B = import('../run/a.ts').A;",
    ];
    const found = violations({
      'harness/run/a.ts': 'export const a = 1;\nexport type A = 1;\n',
      'harness/model/b.ts': forms.join('\n'),
    });
    assert.deepEqual(
      found,
      forms.map(
        (_, index) =>
          `harness/model/b.ts:${index + 1} imports ../run/a.ts, but of ours model may import only itself and base.`,
      ),
    );
  });

  it('keeps the parts from knowing each other, and services from knowing the harness', () => {
    const found = violations({
      'harness/model/a.ts': '',
      'harness/faults/b.ts': "import '../model/a.ts';",
      'harness/workload/c.ts': "import '../faults/b.ts';",
      'targets/site/services/web/d.ts': "import '../../../../harness/model/a.ts';",
    });
    assert.deepEqual(found, [
      'harness/workload/c.ts:1 imports ../faults/b.ts, but of ours workload may import only itself and base, model, record, toxiproxy.',
      'targets/site/services/web/d.ts:1 imports ../../../../harness/model/a.ts, but of ours services may import only itself and nothing.',
    ]);
  });

  it('keeps checks pure, though not their tests', () => {
    const found = violations({
      'harness/checks/a.ts': "import { readFileSync } from 'node:fs';\nimport 'pg';\nimport 'node:util';",
      'harness/checks/a.test.ts': "import { readFileSync } from 'node:fs';\nimport './a.ts';",
    });
    const may = 'node:util, node:path, node:url, node:crypto, node:buffer, zod, hdr-histogram-js';
    assert.deepEqual(found, [
      `harness/checks/a.ts:1 imports node:fs, but of Node and of packages checks may import only ${may}.`,
      `harness/checks/a.ts:2 imports pg, but of Node and of packages checks may import only ${may}.`,
    ]);
  });

  it('lets nothing but tests import tests', () => {
    assert.deepEqual(
      violations({
        'harness/run/a.ts': "import '../../test/e2e/b.ts';",
        'test/e2e/b.ts': "import '../../harness/base/c.ts';",
        'harness/base/c.ts': '',
      }),
      [
        'harness/run/a.ts:1 imports ../../test/e2e/b.ts, but of ours run may import only itself and base, model, record, toxiproxy, runtime, telemetry, workload, faults, checks, report.',
      ],
    );
  });

  it('finds a cycle, also one of types only', () => {
    const found = violations({
      'harness/model/a.ts': "import type { B } from './b.ts';",
      'harness/model/b.ts': "import type { C } from './c.ts';",
      'harness/model/c.ts': "import type { A } from './a.ts';\nimport './d.ts';",
      'harness/model/d.ts': '',
    });
    assert.deepEqual(found, [
      'harness/model/a.ts -> harness/model/b.ts -> harness/model/c.ts -> harness/model/a.ts is a cycle.',
    ]);
  });

  it('finds imports of what does not exist, and files that no layer has', () => {
    assert.deepEqual(violations({ 'harness/base/a.ts': "import './b.ts';", 'harness/helpers/c.ts': '' }), [
      'harness/base/a.ts:1 imports ./b.ts, which does not exist.',
      'harness/helpers/c.ts belongs to no layer: scripts/import-rule/layers.ts must name one.',
    ]);
  });

  it('refuses a file that it cannot parse', () => {
    assert.throws(() => violations({ 'harness/base/a.ts': 'import {' }), /harness\/base\/a\.ts cannot be parsed: /);
  });
});
