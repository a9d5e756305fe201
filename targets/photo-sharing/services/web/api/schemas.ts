/** Pieces of JSON schema for request bodies; what does not fit is answered with 400. */

/** Ids are made by clients. */
export const ID = { type: 'string', pattern: '^[A-Za-z0-9_.:-]{1,128}$' } as const;
export const NAME = { type: 'string', minLength: 1, maxLength: 100 } as const;
export const CAPTION = { type: 'string', maxLength: 500 } as const;
export const PASSWORD = { type: 'string', minLength: 1, maxLength: 200 } as const;

/** An object with exactly these properties, all required. */
export function bodyOf(properties: Record<string, object>): { body: object } {
  return { body: { type: 'object', required: Object.keys(properties), properties } };
}
