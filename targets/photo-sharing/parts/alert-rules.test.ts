import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { parse } from 'yaml';
import { alertRules } from './alert-rules.ts';

interface Rules {
  groups: { rules: { alert: string; expr: string }[] }[];
}

/** The expressions of the rules by name, as Prometheus reads them from the file. */
function rulesFor(...nodes: Parameters<typeof alertRules>[0]): Record<string, string> {
  const { groups } = parse(alertRules(nodes)) as Rules;
  return Object.fromEntries(groups.flatMap(({ rules }) => rules.map(({ alert, expr }) => [alert, expr])));
}

describe('The alert rules', () => {
  it('tell of every web server that is down, where all come up with the target', () => {
    const { WebServerDown } = rulesFor({ name: 'web-1.us-west' });
    assert.equal(WebServerDown, 'haproxy_server_status{proxy="web",state="DOWN"} == 1');
  });

  it('do not tell of a web server that starts on request: it may be down', () => {
    const { WebServerDown, TargetDown } = rulesFor(
      { name: 'web-1.us-west' },
      { name: 'web-3.us-west', start: 'request' },
    );
    assert.equal(
      WebServerDown,
      String.raw`haproxy_server_status{proxy="web",state="DOWN",server!~"web-3\\.us-west"} == 1`,
    );
    assert.equal(TargetDown, 'up{start!="request"} == 0');
  });
});
