import { z } from 'zod';
import { didYouMean } from '../base/closest.ts';
import { EXIT_USAGE, Problem } from '../base/errors.ts';
import { FAULT_KINDS } from '../faults/catalogue.ts';
import type { FaultKind } from '../faults/define.ts';
import { FAULT_FAMILIES } from '../model/fault.ts';
import { DRIVER_NAMES } from '../runtime/drivers.ts';
import { print } from './print.ts';

const KIND_WIDTH = 16;
const PARAMETER_WIDTH = 18;

/** `faults [KIND]`: the catalogue, or all there is to say of one kind. */
export function faultsCommand(kind: string | undefined): number {
  for (const line of kind === undefined ? catalogueLines() : kindLines(findKind(kind))) print(line);
  return 0;
}

function catalogueLines(): string[] {
  const families = FAULT_FAMILIES.map((family) => ({
    family,
    kinds: FAULT_KINDS.filter(({ definition }) => definition.family === family),
  })).filter(({ kinds }) => kinds.length > 0);
  return [
    ...families.flatMap(({ family, kinds }) => [
      `${family}`,
      ...kinds.map(({ definition: { kind, summary } }) => `  ${kind.padEnd(KIND_WIDTH)} ${summary}`),
      '',
    ]),
    'npm run faults KIND tells the parameters of one, how it is proven and taken back, and on which drivers it works.',
  ];
}

function kindLines({ definition }: FaultKind): string[] {
  const { kind, family, summary, parameters, undone, attested, example, refusals = {} } = definition;
  return [
    `${kind} (${family})`,
    '',
    summary,
    '',
    'Parameters',
    ...parameterLines(parameters),
    '',
    `Proven   ${attested}`,
    `Undone   ${undone}`,
    ...DRIVER_NAMES.map((driver) => `${driver.padEnd(8)} ${refusals[driver] ?? 'yes'}`),
    '',
    `  ${example}`,
  ];
}

interface FieldSchema {
  readonly type?: string;
  readonly description?: string;
  readonly unit?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
}

function parameterLines(parameters: z.ZodType): string[] {
  const { properties = {}, required = [] } = z.toJSONSchema(parameters, { io: 'input' }) as {
    properties?: Record<string, FieldSchema>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, field]) => {
    const facts = [...acceptedIn(field), ...defaultOf(field, required.includes(name))];
    return `  ${name.padEnd(PARAMETER_WIDTH)} ${field.description ?? ''}${facts.length === 0 ? '' : ` (${facts.join('; ')})`}`;
  });
}

function acceptedIn({ type, minimum, maximum, unit, enum: choices }: FieldSchema): string[] {
  if (choices !== undefined) return [choices.join(' or ')];
  if (type === 'boolean') return ['true or false'];
  if (minimum === undefined || maximum === undefined) return unit === undefined ? [] : [unit];
  return [`${minimum} to ${maximum}${unit === undefined ? '' : ` ${unit}`}`];
}

function defaultOf({ default: value }: FieldSchema, isRequired: boolean): string[] {
  if (value !== undefined) return [`default ${JSON.stringify(value)}`];
  return isRequired ? ['required'] : [];
}

function findKind(wanted: string): FaultKind {
  const found = FAULT_KINDS.find(({ definition }) => definition.kind === wanted);
  if (found !== undefined) return found;
  const kinds = FAULT_KINDS.map(({ definition }) => definition.kind);
  throw new Problem(`There is no kind of fault "${wanted}"${didYouMean(wanted, kinds)}`, {
    code: 'unknown-fault',
    hint: `Kinds: ${kinds.join(', ')}.`,
    exitCode: EXIT_USAGE,
  });
}
