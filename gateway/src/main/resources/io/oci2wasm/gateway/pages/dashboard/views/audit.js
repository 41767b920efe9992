// The audit log: who changed what, when, and from where.
import { get } from '../api.js';
import { h, none, table } from '../dom.js';
import { ago } from '../format.js';

const PAGE = 100;

export function audit(main) {
  const result = h('p', { class: 'result quiet', role: 'status' });
  const older = h('button', { type: 'button', class: 'small', hidden: true }, 'Older');
  const found = table('Calls that changed something', [{ name: 'When', class: 'end' }, 'Who', 'From', 'Call', { name: 'Answer', class: 'end' }]);
  main.append(
    h('section', { class: 'panel' }, h('header', {}, h('h2', {}, 'Audit'), result), found.element, h('div', { class: 'body' }, older)),
  );
  let next;
  const more = async () => {
    older.disabled = true;
    try {
      const page = await get('/api/v1/audit', { limit: PAGE, page: next });
      found.body.append(...page.items.map(row));
      next = page.next;
      result.textContent = '';
      if (found.body.children.length === 0) found.body.replaceChildren(none(5, 'Nobody has changed anything yet.'));
    } catch (error) {
      result.textContent = error.message;
    }
    older.hidden = next === undefined;
    older.disabled = false;
  };
  older.addEventListener('click', more);
  more();
}

function row(entry) {
  return h(
    'tr',
    {},
    h('td', { class: 'end' }, ago(entry.at)),
    h('td', { class: 'tight' }, h('div', {}, entry.caller), h('div', { class: 'message' }, entry.role)),
    h('td', { class: 'tight mono' }, entry.address),
    h('td', {}, h('div', { class: 'mono' }, entry.call), entry.body ? h('div', { class: 'message mono' }, entry.body) : null),
    h('td', { class: 'end' }, entry.status),
  );
}
