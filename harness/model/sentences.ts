import type { z } from 'zod';

/** What zod found wrong, a sentence each: where, what was expected, what came. */
export function inSentences(subject: string, error: z.ZodError, given: unknown): string[] {
  return error.issues.flatMap((issue) => sentences(subject, issue, given));
}

function sentences(subject: string, issue: z.core.$ZodIssue, given: unknown): string[] {
  const where = [subject, ...issue.path.map(String)].join('.');
  const came = shown(valueAt(given, issue.path));
  switch (issue.code) {
    case 'invalid_type':
      return [`${where}: expected ${wordFor(issue.expected)}, got ${came}`];
    case 'too_small':
      return [`${where}: expected ${issue.inclusive ? 'at least' : 'more than'} ${issue.minimum}, got ${came}`];
    case 'too_big':
      return [`${where}: expected ${issue.inclusive ? 'at most' : 'less than'} ${issue.maximum}, got ${came}`];
    case 'invalid_value':
      return [`${where}: expected ${issue.values.map((value) => String(value)).join(' or ')}, got ${came}`];
    case 'unrecognized_keys':
      return issue.keys.map((key) => `${where}.${key}: there is no such field`);
    case 'invalid_union':
      return unionSentences(subject, issue, given, where);
    default:
      return [`${where}: ${issue.message}, got ${came}`];
  }
}

/** Of the alternatives, the one with the fewest problems is what was meant. */
function unionSentences(subject: string, issue: z.core.$ZodIssueInvalidUnion, given: unknown, where: string): string[] {
  const [best] = issue.errors.toSorted((a, b) => depthOf(b) - depthOf(a) || a.length - b.length);
  if (best === undefined) return [`${where}: ${issue.message}`];
  return best.flatMap((inner) => sentences(subject, { ...inner, path: [...issue.path, ...inner.path] }, given));
}

function depthOf(issues: readonly z.core.$ZodIssue[]): number {
  return Math.max(...issues.map(({ path }) => path.length));
}

function wordFor(expected: string): string {
  return (
    {
      number: 'a number',
      string: 'a text',
      object: 'an object',
      array: 'a list',
      int: 'a whole number',
      boolean: 'true or false',
    }[expected] ?? expected
  );
}

function valueAt(given: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown> | undefined)?.[key], given);
}

function shown(value: unknown): string {
  return value === undefined ? 'nothing' : (JSON.stringify(value) ?? String(value));
}
