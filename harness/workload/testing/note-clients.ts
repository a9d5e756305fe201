import type { ClientModel, ClientResponse, OperationResult } from '../../model/workload.ts';

/** A client model for tests: reads and writes notes, as web and as mobile clients do. */
const noteClients: ClientModel = {
  operations: [
    { name: 'read-note', class: 'read', weight: { web: 1, mobile: 1 } },
    { name: 'write-note', class: 'write', weight: { web: 1, mobile: 1 } },
  ],
  async open(user, http) {
    const { status, error } = await http.request({ method: 'GET', path: '/log-in' });
    if (status !== 200) throw new Error(`log-in: ${error ?? status}`);
    return { user };
  },
  async perform(operation, _state, http) {
    if (operation === 'read-note') return result(await http.request({ method: 'GET', path: '/note' }), 'fail');
    const headers = { 'idempotency-key': http.writeId };
    const response = await http.request({ method: 'POST', path: '/note', headers, body: 'a note' });
    return result(response, response.maybeSent ? 'info' : 'fail');
  },
};

export default noteClients;

function result(response: ClientResponse, unanswered: 'fail' | 'info'): OperationResult {
  const { status, error, datacenter } = response;
  const servedBy = response.headers['x-served-by'];
  return {
    outcome: status === 200 ? 'ok' : unanswered,
    status,
    ...(error === undefined ? {} : { error }),
    ...(datacenter === undefined ? {} : { datacenter }),
    ...(servedBy === undefined ? {} : { servedBy }),
  };
}
