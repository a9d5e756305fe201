import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import pg from 'pg';
import { type CommitStage, commitOutcome, failedWrite, isWorthRetrying } from './commit-outcome.ts';
import { DeadlineExceeded } from './deadline.ts';
import { NoConnection } from './sql-connections.ts';

function refusal(severity: string, code: string): pg.DatabaseError {
  return Object.assign(new pg.DatabaseError('refused', 0, 'error'), { severity, code });
}

describe('the outcome of a failed transaction', () => {
  it('is not-applied for whatever happens before COMMIT is sent', () => {
    for (const thrown of [refusal('FATAL', '57P01'), new Error('reset'), new DeadlineExceeded('x', 1)]) {
      for (const stage of ['connecting', 'working'] as const) assert.equal(commitOutcome(stage, thrown), 'not-applied');
    }
  });

  it('is unknown after COMMIT was sent, unless the server itself says that it rolled back', () => {
    const cases: [unknown, string][] = [
      [new Error('Connection terminated unexpectedly'), 'unknown'],
      [new DeadlineExceeded('COMMIT', 2500), 'unknown'],
      [refusal('FATAL', '57P01'), 'unknown'],
      [refusal('FATAL', '40001'), 'unknown'],
      [refusal('ERROR', '57014'), 'unknown'],
      [refusal('ERROR', '40001'), 'not-applied'],
      [refusal('ERROR', '23503'), 'not-applied'],
    ];
    for (const [thrown, outcome] of cases) assert.equal(commitOutcome('committing', thrown), outcome, String(thrown));
  });

  it('allows a second try only where nothing can have been committed and the connection was at fault', () => {
    const cases: [CommitStage, unknown, boolean][] = [
      ['working', new Error('Connection terminated unexpectedly'), true],
      ['working', refusal('FATAL', '57P01'), true],
      ['working', refusal('ERROR', '25006'), true],
      ['working', refusal('ERROR', '42P01'), false],
      ['connecting', new NoConnection('sql-write', new Error('refused')), false],
      ['committing', new Error('Connection terminated unexpectedly'), false],
    ];
    for (const [stage, thrown, expected] of cases)
      assert.equal(isWorthRetrying(stage, thrown), expected, String(thrown));
  });

  it('is told to the client with status 503 and a code for the cause', () => {
    const codeOf = (stage: CommitStage, thrown: unknown) => {
      const { status, code, outcome } = failedWrite(stage, thrown);
      return [status, code, outcome];
    };
    assert.deepEqual(codeOf('committing', new Error('reset')), [503, 'commit-unanswered', 'unknown']);
    const noConnection = new NoConnection('sql-write', new Error('refused'));
    assert.deepEqual(codeOf('connecting', noConnection), [503, 'database-unavailable', 'not-applied']);
    assert.deepEqual(codeOf('working', new Error('reset')), [503, 'database-connection-lost', 'not-applied']);
    assert.deepEqual(codeOf('working', refusal('ERROR', '25006')), [503, 'database-read-only', 'not-applied']);
    assert.deepEqual(codeOf('working', refusal('ERROR', '55P03')), [503, 'database-busy', 'not-applied']);
    assert.deepEqual(codeOf('working', refusal('ERROR', '42P01')), [503, 'database-refused', 'not-applied']);
  });
});
