import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { html, jsonForScript } from './html.ts';

describe('html', () => {
  it('escapes every text that is put in, in elements and in attributes', () => {
    const text = `<b onload="x" title='y'> & co`;
    const escaped = '&lt;b onload=&quot;x&quot; title=&#39;y&#39;&gt; &amp; co';
    assert.equal(html`<p title="${text}">${text}</p>`.markup, `<p title="${escaped}">${escaped}</p>`);
  });

  it('keeps markup as it is, joins lists, and leaves out what is not there', () => {
    const items = ['a', 'b'].map((item) => html`<li>${item}</li>`);
    assert.equal(html`<ul>${items}${null}${undefined}${false}${0}</ul>`.markup, '<ul><li>a</li><li>b</li>0</ul>');
  });

  it('replaces characters that XML forbids and halves of characters', () => {
    assert.equal(html`${'a\u0000b\u001b[31mc\ud800d\tü😀'}`.markup, 'a\ufffdb\ufffd[31mc\ufffdd\tü😀');
  });
});

describe('jsonForScript', () => {
  it('lets no text end its script element, and reads back as it was', () => {
    const value = { text: '</script><script>alert(1)</script> <!-- & \u2028 \u2029' };
    const { markup } = jsonForScript(value);
    assert.doesNotMatch(markup, /[<>&\u2028\u2029]/);
    assert.deepEqual(JSON.parse(markup), value);
  });
});
