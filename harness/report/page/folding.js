/// <reference lib="dom" />
// What is folded away on the screen cannot be unfolded on paper, unless it is long and only few ask for it. Paper is white: a reader in the dark scheme gets
// the light colours there. The charts listen to `scheme-change` to draw themselves again.

/** @type {HTMLDetailsElement[]} */
let opened = [];

addEventListener('beforeprint', () => {
  opened = [...document.querySelectorAll('details')].filter((details) => !details.open && !('bulk' in details.dataset));
  for (const details of opened) details.open = true;
  setPrinting(true);
});

addEventListener('afterprint', () => {
  for (const details of opened) details.open = false;
  setPrinting(false);
});

// A link may lead into something that is folded away.
const unfoldTarget = () => {
  const target = location.hash.length > 1 ? document.getElementById(decodeURIComponent(location.hash.slice(1))) : null;
  const details = target?.querySelector('details');
  if (details !== null && details !== undefined) details.open = true;
};
addEventListener('hashchange', unfoldTarget);
unfoldTarget();

/** @param {boolean} printing */
function setPrinting(printing) {
  document.documentElement.toggleAttribute('data-printing', printing);
  dispatchEvent(new Event('scheme-change'));
}

export {};
