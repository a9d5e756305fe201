import { readdir } from 'node:fs/promises';

/** `npm run bench NAME`: every other file of this folder is a benchmark of that name, and exports `bench`. */
const names = (await readdir(new URL('.', import.meta.url)))
  .filter((file) => file.endsWith('.ts') && !['main.ts', 'silent.ts', 'statistics.ts'].includes(file))
  .map((file) => file.replace(/\.ts$/, ''))
  .sort();
const [name, ...words] = process.argv.slice(2);
if (name === undefined || !names.includes(name)) {
  process.stderr.write(`Expected the name of a benchmark${name === undefined ? '' : `, got "${name}"`}.\n`);
  process.stderr.write(`Benchmarks: ${names.join(', ')}. For example: npm run bench ${names[0]}\n`);
  process.exit(4);
}
const { bench } = (await import(new URL(`${name}.ts`, import.meta.url).href)) as {
  bench: (words: string[]) => Promise<void>;
};
await bench(words);
process.exit(0);
