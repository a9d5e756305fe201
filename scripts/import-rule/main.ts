import { fileURLToPath } from 'node:url';
import { readModules } from './modules.ts';
import { violationsOf } from './violations.ts';

const FOLDERS = ['harness', 'targets', 'experiments', 'bench', 'test', 'scripts'];

const modules = readModules(fileURLToPath(new URL('../../', import.meta.url)), FOLDERS);
const violations = violationsOf(modules);
const imports = modules.reduce((sum, module) => sum + module.imports.length, 0);

for (const violation of violations) console.log(violation);
console.log(`${modules.length} modules with ${imports} imports: ${violations.length} against the rule.`);
process.exitCode = violations.length === 0 && imports > 0 ? 0 : 1;
