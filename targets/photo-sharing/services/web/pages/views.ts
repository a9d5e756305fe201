import { randomUUID } from 'node:crypto';
import type { AssetAddress, AssetAddresses, PhotoView } from '../asset-addresses.ts';
import { type Html, html } from './html.ts';
import { STYLE_SHEET, UPLOAD_SCRIPT } from './static-files.ts';

/** The whole page around its content. */
export function page(assets: AssetAddresses, title: string, content: Html, userId?: string): Html {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · Photos</title>
<link rel="stylesheet" ${addressed('href', assets.popular(STYLE_SHEET.url))}>
<link rel="icon" href="data:,">
</head>
<body>
<header><a href="/">Photos</a>${userId === undefined ? '' : logOutForm(userId)}</header>
<main>
${content}
</main>
</body>
</html>
`;
}

export function logInView(message?: string): Html {
  return html`<form class="card" method="post" action="/login">
<h1>Log in</h1>
${message === undefined ? '' : html`<p role="alert">${message}</p>`}
${writeIdField()}
<label>User <input name="userId" autocomplete="username" required></label>
<label>Password <input name="password" type="password" autocomplete="current-password" required></label>
<button>Log in</button>
</form>`;
}

export function feedView(photos: readonly PhotoView[]): Html {
  return html`${newPhotoForm()}
<h1>Latest photos</h1>
${photos.map(photoCard)}
${photos.length === 0 ? html`<p class="quiet">Nothing here yet: post a photo, or follow somebody.</p>` : ''}`;
}

export function photoView(photo: PhotoView): Html {
  return photoCard(photo);
}

export function failureView(title: string, explanation: string): Html {
  return html`<article><h1>${title}</h1><p>${explanation}</p><p><a href="/">Back to the photos</a></p></article>`;
}

function photoCard(photo: PhotoView): Html {
  const { imageUrl: url, imageFallbackUrl: fallbackUrl } = photo;
  const source = addressed('src', { url, ...(fallbackUrl === undefined ? {} : { fallbackUrl }) });
  return html`<article data-photo="${photo.id}">
<a href="/photos/${encodeURIComponent(photo.id)}"><img ${source} alt="Photo: ${photo.caption}"></a>
<p>${photo.caption}</p>
<p class="quiet">${photo.userName} · <time datetime="${photo.createdAt}">${photo.createdAt.slice(0, 16).replace('T', ' ')}</time>
· <span data-likes>${photo.likes}</span> ${photo.likes === 1 ? 'like' : 'likes'}</p>
<form method="post" action="/photos/${encodeURIComponent(photo.id)}/likes">${writeIdField()}<button class="plain">♥ Like</button></form>
</article>`;
}

function newPhotoForm(): Html {
  return html`<form class="card" method="post" action="/photos">
<h2>New photo</h2>
${writeIdField()}
<input type="hidden" name="image">
<label>Caption <input name="caption" maxlength="500" required></label>
<label>Picture, at most 64 kB; without one a pattern is drawn <input type="file" accept="image/png,image/jpeg"></label>
<button>Post</button>
<script src="${UPLOAD_SCRIPT.url}" defer></script>
</form>`;
}

function logOutForm(userId: string): Html {
  return html`<span class="quiet">${userId}</span>
<form method="post" action="/logout">${writeIdField()}<button class="plain">Log out</button></form>`;
}

/** The attribute that says where an asset is. When it does not come from there, the browser tries its fallback, once. */
function addressed(attribute: 'src' | 'href', { url, fallbackUrl }: AssetAddress): Html {
  const address = html`${attribute}="${url}"`;
  if (fallbackUrl === undefined) return address;
  return html`${address} data-fallback="${fallbackUrl}" onerror="this.onerror=null;this.${attribute}=this.dataset.fallback"`;
}

/** The key of what the form does: pressing the button twice does it once. */
function writeIdField(): Html {
  return html`<input type="hidden" name="writeId" value="${randomUUID()}">`;
}
