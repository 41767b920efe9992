// Elements without markup: what comes from registries is only ever text.

/**
 * An element: `h('a', { href, class: 'x', onclick }, 'text', child)`. Children that are null, undefined or false are
 * left out; everything that is no node becomes text.
 */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) set(element, name, value);
  element.append(...nodes(children));
  return element;
}

/** The same in SVG. */
export function svg(tag, properties = {}, ...children) {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(properties)) element.setAttribute(name, String(value));
  element.append(...nodes(children));
  return element;
}

function set(element, name, value) {
  if (value === undefined || value === null || value === false) return;
  if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
  else element.setAttribute(name, value === true ? '' : String(value));
}

function nodes(children) {
  return children
    .flat(Infinity)
    .filter((child) => child !== null && child !== undefined && child !== false)
    .map((child) => (child instanceof Node ? child : String(child)));
}

/**
 * Makes `parent` show `items`, keeping the elements of those that have not changed, so that focus and selection stay.
 *
 * @param {(item: any) => string} key tells items apart
 * @param {(item: any) => Element} render makes an item's element
 */
export function keyed(parent, items, key, render) {
  const known = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  const focused = parent.contains(document.activeElement) ? document.activeElement : undefined;
  const place = focused && { key: focused.closest('[data-key]')?.dataset.key, name: focused.dataset.focus };
  const wanted = items.map((item) => {
    const id = key(item);
    const version = JSON.stringify(item);
    const old = known.get(id);
    if (old?.dataset.version === version) return old;
    const element = render(item);
    element.dataset.key = id;
    element.dataset.version = version;
    return element;
  });
  if (wanted.length !== parent.children.length || wanted.some((element, i) => element !== parent.children[i])) {
    parent.replaceChildren(...wanted);
    if (focused && document.activeElement !== focused) {
      const row = wanted.find((element) => element.dataset.key === place.key);
      (focused.isConnected ? focused : row?.querySelector(`[data-focus="${place.name}"]`))?.focus();
    }
  }
}

/** A table with a caption for screen readers and a body to fill. */
export function table(caption, columns, properties = {}) {
  const body = h('tbody');
  const head = columns.map((column) => h('th', { scope: 'col', class: column.class }, column.name ?? column));
  const names = head.filter((one) => one.textContent === '');
  for (const one of names) one.append(h('span', { class: 'visually-hidden' }, 'Actions'));
  const element = h('table', properties, h('caption', { class: 'visually-hidden' }, caption), h('thead', {}, h('tr', {}, head)), body);
  const frame = h('div', { class: 'scroll' }, element);
  // Where it is wider than its place, keys scroll it too.
  new ResizeObserver(() => {
    if (frame.scrollWidth > frame.clientWidth) set(frame, 'tabindex', 0);
    else frame.removeAttribute('tabindex');
  }).observe(frame);
  return { element: frame, body };
}

/** Makes `body` say that there are none: `text`, or what the function `text` makes; what says so already stays. */
export function showNone(body, columns, text) {
  const said = String(text);
  if (body.querySelector('tr.none')?.dataset.said === said) return;
  body.replaceChildren(h('tr', { 'data-key': '-', 'data-said': said, class: 'none' }, h('td', { colspan: columns }, typeof text === 'function' ? text() : text)));
}

const announcer = () => document.getElementById('announcer');

/** Says something to who does not see the page. */
export function announce(text) {
  announcer().textContent = text;
}
