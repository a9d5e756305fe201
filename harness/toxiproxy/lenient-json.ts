import { badRequestBody } from './api-error.ts';

/**
 * JSON as the original server's clients may send it, which `JSON.parse` cannot tell apart: the document may go on after
 * the first value, members keep their order and duplicates, and a number keeps its digits (1 is an integer, 1.0 is not).
 */
export type JsonValue = null | boolean | string | JsonNumber | JsonValue[] | JsonObject;

export class JsonNumber {
  readonly digits: string;

  constructor(digits: string) {
    this.digits = digits;
  }
}

export class JsonObject {
  readonly members: readonly (readonly [string, JsonValue])[];

  constructor(members: readonly (readonly [string, JsonValue])[]) {
    this.members = members;
  }
}

const DEPTH_MAX = 200;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const STRING = /"[^"\\]*(?:\\.[^"\\]*)*"/sy;
const SPACE = /[ \t\r\n]*/y;

/**
 * The first value of the text; whatever follows it is ignored.
 * @throws ApiError 400, `bad request body: ...`
 */
export function parseFirstJsonValue(text: string): JsonValue {
  const reader = new Reader(text);
  if (reader.peek() === undefined) throw badRequestBody('EOF');
  return reader.value(0);
}

class Reader {
  readonly #text: string;
  #position = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** The next character that is no space. */
  peek(): string | undefined {
    this.#match(SPACE);
    return this.#text[this.#position];
  }

  value(depth: number): JsonValue {
    if (depth > DEPTH_MAX) throw badRequestBody(`nested deeper than ${DEPTH_MAX} levels`);
    switch (this.peek()) {
      case '{':
        return this.#object(depth);
      case '[':
        return this.#array(depth);
      case '"':
        return this.#string();
      case 't':
        return this.#word('true', true);
      case 'f':
        return this.#word('false', false);
      case 'n':
        return this.#word('null', null);
      default:
        return this.#number();
    }
  }

  #object(depth: number): JsonObject {
    const members: [string, JsonValue][] = [];
    this.#position += 1;
    if (this.#take('}')) return new JsonObject(members);
    for (;;) {
      if (this.peek() !== '"') throw this.#unexpected('a string as key');
      const key = this.#string();
      if (!this.#take(':')) throw this.#unexpected('":" after the key');
      members.push([key, this.value(depth + 1)]);
      if (this.#take('}')) return new JsonObject(members);
      if (!this.#take(',')) throw this.#unexpected('"," or "}"');
    }
  }

  #array(depth: number): JsonValue[] {
    const items: JsonValue[] = [];
    this.#position += 1;
    if (this.#take(']')) return items;
    for (;;) {
      items.push(this.value(depth + 1));
      if (this.#take(']')) return items;
      if (!this.#take(',')) throw this.#unexpected('"," or "]"');
    }
  }

  #string(): string {
    const start = this.#position;
    const literal = this.#match(STRING);
    if (literal === undefined) throw badRequestBody('unexpected EOF in a string');
    try {
      return JSON.parse(literal) as string;
    } catch {
      throw badRequestBody(`invalid character in the string at offset ${start}`);
    }
  }

  #word<T extends JsonValue>(word: string, value: T): T {
    if (!this.#text.startsWith(word, this.#position)) throw this.#unexpected(word);
    this.#position += word.length;
    return value;
  }

  #number(): JsonNumber {
    const digits = this.#match(NUMBER);
    if (digits === undefined) throw this.#unexpected('a value');
    return new JsonNumber(digits);
  }

  #take(character: string): boolean {
    if (this.peek() !== character) return false;
    this.#position += 1;
    return true;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#position;
    const match = pattern.exec(this.#text)?.[0];
    this.#position += match?.length ?? 0;
    return match;
  }

  #unexpected(expected: string): Error {
    const got = this.#text[this.#position];
    if (got === undefined) return badRequestBody('unexpected EOF');
    return badRequestBody(`invalid character ${JSON.stringify(got)} at offset ${this.#position}, expected ${expected}`);
  }
}
