import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { describe, it } from 'mocha';
import { readModules } from '../../../../scripts/import-rule/modules.ts';
import { photoSharingImage } from '../../../../targets/photo-sharing/image/definition.ts';
import { importedPackages } from './bare-imports.ts';
import { readContent } from './content.ts';

const root = fileURLToPath(new URL('../../../..', import.meta.url));

describe('the packages that a module imports', () => {
  const packagesOf = (...lines: string[]) => [...importedPackages(lines.join('\n'))];

  it('are those of every kind of import that is left when the types are gone', () => {
    assert.deepEqual(packagesOf("import pg from 'pg';"), ['pg']);
    assert.deepEqual(packagesOf('import {', '  type Pool,', '  Client,', "} from 'pg';"), ['pg']);
    assert.deepEqual(packagesOf("import 'pg';", "export * from 'ioredis';"), ['ioredis', 'pg']);
    assert.deepEqual(packagesOf("  const { request } = await import('undici');"), ['undici']);
  });

  it('are named without the path within them', () => {
    assert.deepEqual(packagesOf("import { Kvm } from '@nats-io/kv/internal';"), ['@nats-io/kv']);
    assert.deepEqual(packagesOf("import kv from 'pg/lib/utils.js';"), ['pg']);
  });

  it('are neither types, nor files of ours, nor modules of Node, nor words in a text', () => {
    const source = [
      "import type { Pool } from 'pg';",
      "import { own } from './own.ts';",
      "import { join } from 'node:path';",
      "const text = 'an import from';",
      "const other = 'somewhere';",
    ];
    assert.deepEqual(packagesOf(...source), []);
  });

  it('are found like a parser finds them in all that goes into the image', async () => {
    const { files } = await readContent(photoSharingImage, 'x64');
    const ours = [...files].filter(([path]) => path.endsWith('.ts'));
    const found = new Set(ours.flatMap(([, content]) => [...importedPackages(content.toString('utf8'))]));
    const parsed = readModules(root, photoSharingImage.importRoots)
      .filter(({ path }) => files.has(path))
      .flatMap(({ imports }) => imports.filter(({ kind }) => kind === 'package'))
      .map(({ specifier }) => specifier);
    const names = new Set(
      parsed.map((name) =>
        name
          .split('/')
          .slice(0, name.startsWith('@') ? 2 : 1)
          .join('/'),
      ),
    );
    // The parser counts types as well, which need not be installed.
    assert.deepEqual(
      [...found].filter((name) => !names.has(name)),
      [],
    );
    const onlyTypes = [...names].filter((name) => !found.has(name));
    for (const name of onlyTypes) {
      const importers = ours.filter(([, content]) => content.toString('utf8').includes(`'${name}`));
      assert.ok(
        importers.every(([, content]) => importsTypesOnly(content.toString('utf8'), name)),
        name,
      );
    }
  });
});

function importsTypesOnly(source: string, name: string): boolean {
  const lines = source.split('\n').filter((line) => line.includes(`'${name}`));
  return lines.every((line) => line.startsWith('import type'));
}
