import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { describe, it } from 'mocha';
import { engineEvents } from './engine-events.ts';

describe('The events of an engine', () => {
  const signal = new AbortController().signal;
  const read = (chunks: (string | Buffer)[]) => Array.fromAsync(engineEvents(Readable.from(chunks), signal));

  it('are one a line, however the lines were cut on the way', async () => {
    const bytes = Buffer.from('{"status":"eins"}\r\n\r\n{"stream":"zwölf"}\r\n{"error":"drei"}');
    const expected = [{ status: 'eins' }, { stream: 'zwölf' }, { error: 'drei' }];
    assert.deepEqual(await read([bytes]), expected);
    assert.deepEqual(await read([...bytes].map((byte) => Buffer.from([byte]))), expected);
  });

  it('end with an abort, also while nothing comes', async () => {
    const abort = new AbortController();
    const reading = Array.fromAsync(engineEvents(new Readable({ read: () => undefined }), abort.signal));
    abort.abort();
    await assert.rejects(reading, { name: 'AbortError' });
  });
});
