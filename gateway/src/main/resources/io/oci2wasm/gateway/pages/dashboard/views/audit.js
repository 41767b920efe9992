// The audit log: who changed what, when, and from where.
import { h, table } from '../dom.js';
import { ago } from '../format.js';
import { paged } from '../list.js';

export function audit(main, parameters) {
  const found = table('Calls that changed something', ['When', 'Who', 'From', 'Call', { name: 'Answer', class: 'end' }], { class: 'blocks' });
  const list = paged({
    view: 'audit',
    parameters,
    path: '/api/v1/audit',
    query: () => ({}),
    limit: 100,
    found,
    columns: 5,
    key: (entry) => entry.id,
    row,
    empty: () => 'Nobody has changed anything yet.',
  });
  main.append(h('section', { class: 'panel' }, h('header', {}, h('h2', {}, 'Audit')), found.element, list.pager));
  return list.stop;
}

function row(entry) {
  return h(
    'tr',
    {},
    h('td', { class: 'tight' }, ago(entry.at)),
    h('td', { class: 'tight' }, h('div', {}, entry.caller), h('div', { class: 'message' }, entry.role)),
    h('td', { class: 'tight mono' }, entry.address),
    h('td', { class: 'image call' }, h('div', { class: 'mono' }, entry.call), entry.body ? h('div', { class: 'message mono' }, entry.body) : null),
    h('td', { class: 'end', 'data-label': 'answered' }, entry.status),
  );
}
