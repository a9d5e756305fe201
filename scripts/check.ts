import { spawnSync } from 'node:child_process';

/** What must hold of the source as a whole; all of it is run, and each says its own part. */
const STEPS: readonly { title: string; command: string; options: string[] }[] = [
  { title: 'types', command: 'tsc', options: ['--noEmit'] },
  { title: 'lint and format', command: 'biome', options: ['check', '--error-on-warnings'] },
  { title: 'import rule', command: 'node', options: ['scripts/import-rule/main.ts'] },
  { title: 'dead code', command: 'knip', options: ['--no-progress'] },
];

const failed = STEPS.filter(({ title, command, options }) => {
  console.log(`\n${title}: ${command} ${options.join(' ')}`);
  const { status, error } = spawnSync(command, options, { stdio: 'inherit' });
  if (error !== undefined) console.log(`${command} could not be started: ${error.message}`);
  console.log(status === 0 ? `${title}: passed` : `${title}: FAILED`);
  return status !== 0;
});

const names = failed.map(({ title }) => title).join(', ');
console.log(
  `\n${STEPS.length - failed.length} of ${STEPS.length} checks passed${names === '' ? '' : `, failed: ${names}`}.`,
);
process.exitCode = failed.length === 0 ? 0 : 1;
