// Conversions, newest first, by what is looked for.
import { h, table } from '../dom.js';
import { ago, badge, STATES } from '../format.js';
import { filters, paged } from '../list.js';
import { link } from '../route.js';
import { state } from '../store.js';
import { firstSteps } from '../senders.js';
import { imageCell, outcome } from './now.js';

const FILTERS = [
  { name: 'repository', label: 'Repository', hint: 'team/app, or team/*' },
  { name: 'state', label: 'State', words: Object.keys(STATES), names: STATES },
  { name: 'stage', label: 'Stage', words: ['ingest', 'resolve', 'translate', 'build'] },
  { name: 'digest', label: 'Digest', hint: 'sha256:…' },
];

export function images(main, parameters) {
  const found = table('Conversions', ['Image', 'Platform', 'State', 'Bundle or reason', { name: 'Requested', class: 'end' }], { class: 'fixed' });
  const batch = parameters.get('batch');
  let list;
  const filter = filters('images', parameters, FILTERS, () => list.refresh());
  const query = () => {
    const { repository, ...others } = filter.values();
    // Who writes a part of a name means every name with it.
    const pattern = repository === '' || /[*?/]/.test(repository) ? repository : `*${repository}*`;
    return { ...others, repository: pattern, batch: batch ?? undefined, request: parameters.get('request') ?? undefined };
  };
  const isFiltered = () => Object.values(query()).some((value) => value);
  list = paged({
    view: 'images',
    parameters,
    path: '/api/v1/conversions',
    query,
    found,
    columns: 5,
    key: (one) => one.id,
    row,
    empty: () => (isFiltered() ? 'No conversions that match.' : state.summary === undefined ? 'Not known yet.' : firstSteps),
  });
  main.append(
    h(
      'section',
      { class: 'panel' },
      h('header', {}, h('h2', {}, 'Find an image'), batch ? h('span', { class: 'quiet' }, 'of batch ', h('code', {}, batch), ' · ', h('a', { href: link('images') }, 'all images')) : null),
      h('div', { class: 'body' }, filter.element),
      found.element,
      list.pager,
    ),
  );
  return () => {
    filter.stop();
    list.stop();
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
    h('td', { class: 'end' }, ago(one.queuedAt, '')),
  );
}
