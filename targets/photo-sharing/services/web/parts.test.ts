import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { PIXEL } from '../testing/web-server.ts';
import { Deadline, DeadlineExceeded } from './deadline.ts';
import { decodeImage, drawImage, imageUrl } from './images.ts';
import { html } from './pages/html.ts';
import { hashPassword, isPassword } from './passwords.ts';
import { parsePosition } from './read-position.ts';

describe('images', () => {
  it('are told by their first bytes, and named by their content', () => {
    const { hash, mediaType, bytes } = decodeImage(PIXEL);
    assert.equal(bytes.toString('base64'), PIXEL);
    assert.equal(imageUrl(hash, mediaType), `/assets/${hash}.png`);
    const jpeg = decodeImage(Buffer.from([0xff, 0xd8, 0xff, 0xe0]).toString('base64'));
    assert.match(imageUrl(jpeg.hash, jpeg.mediaType), /^\/assets\/[0-9a-f]{64}\.jpg$/);
    assert.throws(() => decodeImage('R0lGODlh'), /image-neither-png-nor-jpeg/);
    assert.throws(() => decodeImage(Buffer.alloc(65_537).toString('base64')), /image-too-large/);
  });

  it('are drawn the same for the same seed', () => {
    assert.equal(drawImage('a').hash, drawImage('a').hash);
    assert.notEqual(drawImage('a').hash, drawImage('b').hash);
    assert.equal(decodeImage(drawImage('a').bytes.toString('base64')).mediaType, 'image/png');
  });
});

describe('passwords', () => {
  it('are known again by their hash, which differs each time', async () => {
    const [first, second] = await Promise.all([hashPassword('secret'), hashPassword('secret')]);
    assert.notEqual(first, second);
    assert.equal(await isPassword('secret', first), true);
    assert.equal(await isPassword('Secret', first), false);
    assert.equal(await isPassword('secret', 'plain:secret'), false);
  });
});

describe('pages', () => {
  it('escape everything that is not HTML already', () => {
    const inner = html`<b>${'<&>'}</b>`;
    assert.equal(
      html`<p title="${'"'}">${inner}${[inner, inner]}${1}</p>`.text,
      ['<p title="&#34;"><b>&#60;&#38;&#62;</b><b>&#60;&#38;&#62;</b>', '<b>&#60;&#38;&#62;</b>1</p>'].join('\n'),
    );
  });
});

describe('deadlines', () => {
  it('end work that takes too long, and let other work through', async () => {
    const deadline = Deadline.after(20);
    assert.equal(await deadline.race('quick', Promise.resolve(1)), 1);
    await assert.rejects(deadline.race('slow', new Promise(() => undefined)), new DeadlineExceeded('slow', 20));
    assert.equal(deadline.remainingMs, 0);
  });
});

describe('read positions', () => {
  it('are places in the log, and nothing else', () => {
    assert.equal(parsePosition('0/3000148'), '0/3000148');
    for (const text of ['', '0', '0/', '0/3000148; --', '123456789/0']) {
      assert.throws(() => parsePosition(text), /read-position-malformed/);
    }
  });
});
