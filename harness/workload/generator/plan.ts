import { readFile } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { EXIT_USAGE, messageOf, Problem } from '../../base/errors.ts';
import type { Address } from '../../model/topology.ts';
import type { ClientModel, GeneratorPlan } from '../../model/workload.ts';

const positive = z.number().positive();
const shares = (names: z.ZodType<string>) =>
  z
    .record(names, z.number().min(0))
    .refine((record) => Object.values(record).some((share) => share > 0), 'expected at least one share above 0');
const address = z.string().regex(/^[^\s/]+:\d{1,5}$/, 'expected host:port');

const planShape = z.object({
  runId: z.string().min(1),
  seed: z.number(),
  load: z.object({
    ratePerSecond: positive,
    arrivals: z.enum(['constant', 'poisson']),
    regions: shares(z.string()),
    clients: shares(z.enum(['web', 'mobile'])),
    usersPerRegion: positive,
    inFlightMax: positive,
    newSessionShare: z.number().min(0).max(1).optional(),
  }),
  clientModule: z.string().refine(isAbsolute, 'expected an absolute path'),
  siteName: z.string().min(1),
  resolvers: z.record(z.string(), address),
  resolverTransport: z.enum(['udp', 'tcp']),
  clientSubnets: z.record(z.string(), z.string()),
  entryAddresses: z.record(z.string(), z.string()),
  entries: z.record(z.string(), z.record(z.string(), address)),
  collector: z.url(),
  historyFile: z.string().min(1),
  timeoutMs: z.object({ read: positive, write: positive }),
});

/**
 * Reads and checks a plan.
 * @throws Problem `bad-plan`, naming everything that is wrong with it.
 */
export async function readPlan(file: string): Promise<GeneratorPlan> {
  const plan = planShape.safeParse(await readJson(file));
  if (!plan.success) throw badPlan(file, z.prettifyError(plan.error));
  const problems = crossProblems(plan.data as GeneratorPlan);
  if (problems.length > 0) throw badPlan(file, problems.join('\n'));
  return plan.data as GeneratorPlan;
}

/** @throws Problem `bad-client-model` */
export async function loadClientModel(file: string): Promise<ClientModel> {
  const { default: model } = (await import(pathToFileURL(file).href)) as { default?: ClientModel };
  const usable = ['web', 'mobile'].every((client) =>
    model?.operations?.some(({ weight }) => weight[client as 'web' | 'mobile'] > 0),
  );
  if (model === undefined || !usable) {
    throw new Problem(`${file} has no client model with operations for web and mobile clients as its default export`, {
      code: 'bad-client-model',
    });
  }
  return model;
}

/** `host:port` of a checked plan. */
export function addressOf(text: string): Address {
  const colon = text.lastIndexOf(':');
  return { host: text.slice(0, colon), port: Number(text.slice(colon + 1)) };
}

async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (thrown) {
    throw badPlan(file, messageOf(thrown));
  }
}

/** What the parts must say of each other. */
function crossProblems({ load, resolvers, clientSubnets, entries, entryAddresses }: GeneratorPlan): string[] {
  const zones = new Set(Object.values(entryAddresses));
  return Object.keys(load.regions).flatMap((region) => [
    ...(resolvers[region] === undefined ? [`resolvers: none for the region ${region}`] : []),
    ...(clientSubnets[region] === undefined ? [`clientSubnets: none for the region ${region}`] : []),
    ...Object.keys(entries[region] ?? {})
      .filter((zone) => !zones.has(zone))
      .map((zone) => `entryAddresses: no address leads to ${zone}; expected answered address -> zone`),
    ...(entries[region] === undefined ? [`entries: none for the region ${region}`] : []),
  ]);
}

function badPlan(file: string, problems: string): Problem {
  return new Problem(`${file} is no plan of a load:\n${problems}`, {
    code: 'bad-plan',
    hint: 'the shape is GeneratorPlan in model/workload.ts',
    exitCode: EXIT_USAGE,
  });
}
