import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { EnvironmentProblem, readEnvironment, readIdentity } from './environment.ts';

describe('reading the environment', () => {
  it('gives typed settings', () => {
    const variables = {
      FAULTLINE_NODE: 'web-1.us-east',
      FAULTLINE_ZONE: 'us-east',
      LISTEN: '127.0.0.1:8080',
      PEERS: 'a:1, [::1]:2',
      CACHES: 'c-1.x=a:1, c-2.x=b:2',
      LIMIT: '',
      COLOUR: 'red',
    };
    const settings = readEnvironment(variables, (environment) => ({
      ...readIdentity(environment),
      listen: environment.address('LISTEN'),
      peers: environment.addresses('PEERS'),
      caches: environment.namedAddresses('CACHES'),
      others: environment.namedAddresses('OTHERS'),
      limit: environment.integer('LIMIT', { standard: 64, least: 1, most: 100 }),
      colour: environment.choice('COLOUR', ['red', 'blue'], 'blue'),
    }));
    assert.deepEqual(settings, {
      node: 'web-1.us-east',
      zone: 'us-east',
      mutant: undefined,
      listen: { host: '127.0.0.1', port: 8080 },
      peers: [
        { host: 'a', port: 1 },
        { host: '[::1]', port: 2 },
      ],
      caches: [
        { name: 'c-1.x', host: 'a', port: 1 },
        { name: 'c-2.x', host: 'b', port: 2 },
      ],
      others: [],
      limit: 64,
      colour: 'red',
    });
  });

  it('reports every problem at once', () => {
    const variables = {
      LISTEN: 'localhost',
      PORT: '127.0.0.1:99999',
      PEERS: 'a:1,,b:2',
      CACHES: 'c-1.x=a:1,b:2',
      LIMIT: '101',
      COLOUR: 'green',
    };
    const read = () =>
      readEnvironment(variables, (environment) => {
        environment.text('NAME');
        environment.address('LISTEN');
        environment.address('PORT');
        environment.addresses('PEERS');
        environment.namedAddresses('CACHES');
        environment.integer('LIMIT', { standard: 64, least: 1, most: 100 });
        environment.choice('COLOUR', ['red', 'blue'], 'blue');
      });
    assert.throws(read, (error) => {
      assert.ok(error instanceof EnvironmentProblem);
      assert.deepEqual(error.problems, [
        'NAME: expected a value, but it is not set',
        "LISTEN: expected host:port, but it is 'localhost'",
        "PORT: expected host:port, but it is '127.0.0.1:99999'",
        "PEERS: expected host:port,host:port, but it is 'a:1,,b:2'",
        "CACHES: expected name=host:port,name=host:port, but it is 'c-1.x=a:1,b:2'",
        "LIMIT: expected a whole number from 1 to 100, but it is '101'",
        "COLOUR: expected one of red, blue, but it is 'green'",
      ]);
      return true;
    });
  });
});
