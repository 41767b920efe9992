// An image's history: its requests, their conversions, and how long each stage took.
import { get } from '../api.js';
import { h, keyed, none, table } from '../dom.js';
import { ago, badge, duration, imageText, short, stateName } from '../format.js';
import { refreshing } from '../store.js';
import { imageCell, outcome } from './now.js';

const TYPING = 250;
const REQUESTS = 10;

export function images(main, parameters) {
  const repository = parameters.get('repository');
  return repository ? history(main, repository) : search(main, parameters.get('find') ?? '');
}

function search(main, find) {
  const input = h('input', { type: 'search', value: find, placeholder: 'team/app, or team/*', spellcheck: 'false', autocomplete: 'off' });
  const result = h('p', { class: 'result quiet', role: 'status' });
  const found = table('Conversions found', ['Image', 'Platform', 'State', '', { name: 'Requested', class: 'end' }]);
  main.append(
    h(
      'section',
      { class: 'panel' },
      h('header', {}, h('h2', {}, 'Find an image')),
      h('div', { class: 'body' }, h('label', { class: 'field' }, 'Repository', input), result),
      found.element,
    ),
  );
  let latest = 0;
  const refresh = async () => {
    const asked = ++latest;
    try {
      const text = input.value.trim();
      const pattern = text === '' || /[*?]/.test(text) ? text : `*${text}*`;
      const page = await get('/api/v1/conversions', { repository: pattern, limit: 50 });
      if (asked !== latest) return;
      result.textContent = page.next ? 'Showing the newest 50.' : `${page.items.length} found.`;
      if (page.items.length > 0) keyed(found.body, page.items, (one) => one.id, row);
      else found.body.replaceChildren(none(5, 'No conversions of a matching repository.'));
    } catch (error) {
      if (asked === latest) result.textContent = error.message;
    }
  };
  let typing;
  input.addEventListener('input', () => {
    clearTimeout(typing);
    typing = setTimeout(() => {
      window.history.replaceState(null, '', `#/images?${new URLSearchParams({ find: input.value })}`);
      refresh();
    }, TYPING);
  });
  refresh();
  const stop = refreshing(refresh);
  return () => {
    clearTimeout(typing);
    stop();
  };
}

function row(one) {
  return h(
    'tr',
    {},
    imageCell(one),
    h('td', { class: 'tight' }, one.platform ?? ''),
    h('td', { class: 'tight' }, badge(one)),
    h('td', {}, outcome(one)),
    h('td', { class: 'end' }, ago(one.queuedAt)),
  );
}

function history(main, repository) {
  const list = h('div');
  const result = h('p', { class: 'result quiet', role: 'status' });
  main.append(
    h('p', {}, h('a', { href: '#/images' }, 'All images')),
    h('section', { class: 'panel' }, h('header', {}, h('h2', {}, repository), result), list),
  );
  let latest = 0;
  const refresh = async () => {
    const asked = ++latest;
    try {
      const page = await get('/api/v1/conversions', { repository, limit: 100 });
      const ids = [...new Set(page.items.map((one) => one.requestId))];
      const requests = await Promise.all(ids.slice(0, REQUESTS).map((id) => get(`/api/v1/requests/${encodeURIComponent(id)}`)));
      if (asked !== latest) return;
      result.textContent = ids.length > REQUESTS || page.next ? `the last ${REQUESTS} requests` : `${ids.length} request${ids.length === 1 ? '' : 's'}`;
      keyed(list, requests, (request) => request.id, requestElement);
    } catch (error) {
      if (asked === latest) result.textContent = error.message;
    }
  };
  refresh();
  return refreshing(refresh);
}

function requestElement(request) {
  return h(
    'article',
    { class: 'request', 'aria-label': `Request ${request.id}` },
    h(
      'header',
      {},
      h('h3', {}, imageText(request.image)),
      h('span', { class: 'quiet' }, ago(request.queuedAt), ` · by ${request.sender ?? 'unknown'} · ${request.lane} lane`),
      request.image.digest ? h('code', { class: 'quiet', title: request.image.digest }, short(request.image.digest)) : null,
    ),
    request.conversions.map((one) => conversionElement(one, timeline(request, one))),
  );
}

/** What the whole request went through before its platforms were known, then what this one did. */
function timeline(request, one) {
  const all = new Map([...(request.history ?? []), ...(one.history ?? [])].map((entry) => [JSON.stringify(entry), entry]));
  return [...all.values()].sort((first, second) => Date.parse(first.time) - Date.parse(second.time));
}

function conversionElement(one, entries) {
  return h(
    'div',
    { class: 'conversion' },
    h(
      'header',
      {},
      badge(one),
      h('span', {}, one.platform ?? 'platforms not known yet'),
      one.state === 'built' ? outcome(one) : null,
      one.layers ? h('span', { class: 'quiet' }, `${one.layers.count} layers, ${one.layers.converted} converted`) : null,
    ),
    steps(entries),
    one.message ? h('p', { class: 'message' }, one.reason ? `${one.reason}: ` : '', one.message) : null,
  );
}

/** Each state with how long it lasted. */
function steps(entries) {
  return h(
    'ol',
    { class: 'steps', 'aria-label': 'States and how long each lasted' },
    entries.map((entry, i) => {
      const next = entries[i + 1];
      const lasted = next ? duration(Date.parse(next.time) - Date.parse(entry.time)) : '';
      const attempt = entry.attempt > 1 ? ` (attempt ${entry.attempt})` : '';
      return h('li', { title: new Date(entry.time).toLocaleString() }, h('b', {}, stateName(entry) + attempt), lasted);
    }),
  );
}
