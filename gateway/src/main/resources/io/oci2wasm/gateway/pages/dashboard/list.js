// A list of the API as a table. Its filters and its page are in the address.
import { get } from './api.js';
import { h, keyed, showNone } from './dom.js';
import { go, link } from './route.js';
import { refreshing } from './store.js';

const TYPING = 250;

/**
 * A filter: `{name, label, words}` with a choice, whose `names` people read, or `{name, label, hint}` with text.
 * `standard` is what it is where the address does not say; without it, any.
 */
function field({ name, label, words, names = {}, hint, standard = '' }, parameters) {
  const value = parameters.get(name) ?? standard;
  const input = words
    ? h('select', {}, [...(standard === '' ? [''] : []), ...words].map((word) => h('option', { value: word, selected: word === value }, names[word] ?? (word || 'any'))))
    : h('input', { type: 'search', value, placeholder: hint, spellcheck: 'false', autocomplete: 'off' });
  return { name, standard, input, label: h('label', { class: 'field' }, label, input) };
}

/** Filters whose values are in the address of `view`; other parameters there stay, but for the page. */
export function filters(view, parameters, described, changed) {
  const fields = described.map((one) => field(one, parameters));
  let edited;
  let typing;
  const value = ({ input }) => input.value.trim();
  const commit = ({ name, standard, input }) => {
    const text = value({ input });
    if (text === standard) parameters.delete(name);
    else parameters.set(name, text);
    parameters.delete('page');
    // One step back is one filter, not one letter.
    go(link(view, Object.fromEntries(parameters)), edited === name);
    edited = name;
    changed();
  };
  for (const one of fields) {
    one.input.addEventListener(one.input.tagName === 'SELECT' ? 'change' : 'input', () => {
      clearTimeout(typing);
      typing = setTimeout(() => commit(one), one.input.tagName === 'SELECT' ? 0 : TYPING);
    });
  }
  return {
    element: h('div', { class: 'filters' }, fields.map((one) => one.label)),
    values: () => Object.fromEntries(fields.map((one) => [one.name, value(one)])),
    stop: () => clearTimeout(typing),
  };
}

/**
 * Tells late answers: what this returns is called for each question, and returns whether the question is still the
 * newest. The answer to an older one must not overwrite the answer to a newer one.
 */
export function questions() {
  let newest = 0;
  return () => {
    const own = ++newest;
    return () => own === newest;
  };
}

/**
 * Fills `found` (of `table`) with what `path` has, and leads to the other pages.
 *
 * @param view its name in the address
 * @param query what is asked for, beside the page
 * @param columns how many the table has
 * @param empty says what is shown where there is nothing
 * @param live whether the first page is kept up to date
 * @return the pager's element, how to refresh, and how to stop
 */
export function paged({ view, parameters, path, query, limit = 50, found, columns, key, row, empty, live = true, said = () => {} }) {
  const first = h('a', { class: 'button small', hidden: true }, 'First page');
  const next = h('a', { class: 'button small', hidden: true }, 'Next page');
  const result = h('p', { class: 'result quiet', role: 'status' });
  const question = questions();
  const refresh = async () => {
    const isNewest = question();
    const page = parameters.get('page') ?? undefined;
    try {
      const answer = await get(path, { ...query(), limit, page });
      if (!isNewest()) return;
      result.textContent = '';
      if (answer.items.length > 0) keyed(found.body, answer.items, key, row);
      else showNone(found.body, columns, empty());
      const here = Object.fromEntries(parameters);
      first.hidden = page === undefined;
      first.href = link(view, { ...here, page: undefined });
      next.hidden = answer.next === undefined;
      next.href = link(view, { ...here, page: answer.next });
      said(answer);
    } catch (error) {
      if (isNewest()) result.textContent = error.message;
    }
  };
  refresh();
  const stop = live ? refreshing(() => parameters.get('page') === null && refresh()) : () => {};
  return { pager: h('div', { class: 'pager' }, result, h('nav', { 'aria-label': 'Pages', class: 'pages' }, first, next)), refresh, result, stop };
}
