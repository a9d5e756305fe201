import { badRequestBody } from './api-error.ts';
import { JsonNumber, JsonObject, type JsonValue } from './lenient-json.ts';

/**
 * The members of a request's object: keys match without regard to case, the last duplicate wins, null means "not given".
 * Every reader returns undefined for what was not given and throws ApiError 400 for a value of another type.
 */
export class JsonFields {
  readonly #values = new Map<string, Exclude<JsonValue, null>>();

  /** `null` counts as an empty object. */
  constructor(value: JsonValue) {
    if (value === null) return;
    if (!(value instanceof JsonObject)) throw badRequestBody(`expected an object, got ${typeName(value)}`);
    for (const [key, member] of value.members) if (member !== null) this.#values.set(key.toLowerCase(), member);
  }

  text(key: string): string | undefined {
    const value = this.#values.get(key);
    if (value === undefined || typeof value === 'string') return value;
    throw wrongType(key, 'a string', value);
  }

  truth(key: string): boolean | undefined {
    const value = this.#values.get(key);
    if (value === undefined || typeof value === 'boolean') return value;
    throw wrongType(key, 'true or false', value);
  }

  /** A number as JavaScript reads it; never NaN or infinite. */
  number(key: string): number | undefined {
    const value = this.#values.get(key);
    if (value === undefined) return undefined;
    if (!(value instanceof JsonNumber)) throw wrongType(key, 'a number', value);
    const number = Number(value.digits);
    if (!Number.isFinite(number)) throw wrongType(key, 'a finite number', value);
    return number;
  }

  /** Written without fraction and exponent. */
  integer(key: string): number | undefined {
    const value = this.#values.get(key);
    if (value === undefined) return undefined;
    if (!(value instanceof JsonNumber) || !/^-?\d+$/.test(value.digits)) throw wrongType(key, 'an integer', value);
    return Number(value.digits);
  }

  fields(key: string): JsonFields | undefined {
    const value = this.#values.get(key);
    if (value === undefined) return undefined;
    if (value instanceof JsonObject) return new JsonFields(value);
    throw wrongType(key, 'an object', value);
  }

  list(key: string): JsonValue[] | undefined {
    const value = this.#values.get(key);
    if (value === undefined || Array.isArray(value)) return value;
    throw wrongType(key, 'a list', value);
  }

  texts(key: string): string[] | undefined {
    return this.list(key)?.map((item) => {
      if (typeof item === 'string') return item;
      throw wrongType(key, 'a list of strings', item);
    });
  }
}

function wrongType(key: string, expected: string, got: JsonValue): Error {
  return badRequestBody(`${key}: expected ${expected}, got ${typeName(got)}`);
}

function typeName(value: JsonValue): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (value instanceof JsonObject) return 'an object';
  if (value instanceof JsonNumber) return `the number ${value.digits.slice(0, 40)}`;
  return typeof value === 'string' ? `the string ${JSON.stringify(value.slice(0, 40))}` : String(value);
}
