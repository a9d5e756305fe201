import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { didYouMean } from '../base/closest.ts';
import { EXIT_USAGE, messageOf, Problem } from '../base/errors.ts';
import type { Experiment } from '../model/experiment.ts';

const FOLDER = fileURLToPath(new URL('../../experiments/', import.meta.url));

/** Every file of experiments/ whose default export is an experiment, by name. */
export async function listExperiments(): Promise<Experiment[]> {
  const files = (await readdir(FOLDER)).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts')).sort();
  const modules = await Promise.all(files.map(load));
  return modules.flatMap((experiment) => experiment ?? []);
}

/** @throws Problem `unknown-experiment` with the closest name and all that exist. */
export async function findExperiment(name: string): Promise<Experiment> {
  const experiments = await listExperiments();
  const found = experiments.find((experiment) => experiment.name === name);
  if (found !== undefined) return found;
  const names = experiments.map((experiment) => experiment.name);
  throw new Problem(`There is no experiment "${name}"${didYouMean(name, names)}`, {
    code: 'unknown-experiment',
    hint: `Experiments: ${names.join(', ')}. npm run experiment -- --list tells what each is about.`,
    exitCode: EXIT_USAGE,
  });
}

async function load(file: string): Promise<Experiment | undefined> {
  try {
    const module = (await import(pathToFileURL(join(FOLDER, file)).href)) as { default?: Experiment };
    return module.default;
  } catch (thrown) {
    throw new Problem(`Cannot load experiments/${file}: ${messageOf(thrown)}`, {
      code: 'broken-experiment',
      hint: 'npm run check shows what is wrong with it.',
      exitCode: EXIT_USAGE,
      cause: thrown,
    });
  }
}
