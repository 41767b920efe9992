// Dead letters: what failed for good, and its replay.
import { get, may, post } from '../api.js';
import { announce, h, keyed, none, table } from '../dom.js';
import { ago, badge, count, imageName } from '../format.js';
import { listen, state } from '../store.js';
import { imageCell } from './now.js';

const STAGES = ['gateway', 'ingest', 'resolve', 'build', 'deliver', 'notify'];
const TYPING = 250;

export function letters(main, parameters) {
  const stage = select('Stage', STAGES, '');
  const reason = h('input', { type: 'text', value: parameters.get('reason') ?? '', placeholder: 'any', spellcheck: 'false' });
  const repository = h('input', { type: 'text', placeholder: 'any, or team/*', spellcheck: 'false' });
  const status = select('State', ['open', 'replayed'], 'open');
  const result = h('p', { class: 'result', role: 'status' });
  const replayAll = h('button', { type: 'button', hidden: !may('operator') }, 'Replay all of these…');
  const found = table('Dead letters', ['Image', 'Stage', 'Reason', { name: 'Attempts', class: 'end' }, { name: 'Failed', class: 'end' }, '']);
  main.append(
    h(
      'section',
      { class: 'panel' },
      h('header', {}, h('h2', {}, 'Dead letters'), replayAll),
      h(
        'div',
        { class: 'body' },
        h('div', { class: 'filters' }, stage.label, h('label', { class: 'field' }, 'Reason', reason), h('label', { class: 'field' }, 'Repository', repository), status.label),
        result,
      ),
      found.element,
    ),
  );

  const filter = () => ({ stage: stage.input.value, reason: reason.value.trim(), repository: repository.value.trim() });
  let latest = 0;
  const refresh = async () => {
    const asked = ++latest;
    try {
      const page = await get('/api/v1/dead-letters', { ...filter(), state: status.input.value, limit: 100 });
      if (asked !== latest) return;
      replayAll.disabled = page.items.length === 0;
      if (page.items.length > 0) keyed(found.body, page.items, (one) => one.id, (one) => row(one, replayOne));
      else found.body.replaceChildren(none(6, 'None.'));
      if (page.next) say('Showing the newest 100.');
      else if (result.dataset.about !== 'replay') say('');
    } catch (error) {
      if (asked === latest) say(error.message);
    }
  };
  const say = (text, about = '') => {
    result.textContent = text;
    result.dataset.about = about;
  };
  const replayOne = async (letter) => {
    try {
      const answer = await post(`/api/v1/dead-letters/${encodeURIComponent(letter.id)}/replay`);
      say(`${name(letter)}: ${answer.result}.`, 'replay');
    } catch (error) {
      say(error.message, 'replay');
    }
    setTimeout(refresh, 500);
  };
  replayAll.addEventListener('click', async () => {
    try {
      const answer = await confirmed(filter());
      if (answer) say(summary(answer.items), 'replay');
    } catch (error) {
      say(error.message, 'replay');
    }
    setTimeout(refresh, 500);
  });
  let typing;
  const soon = () => {
    clearTimeout(typing);
    typing = setTimeout(refresh, TYPING);
  };
  for (const input of [stage.input, status.input]) input.addEventListener('change', refresh);
  for (const input of [reason, repository]) input.addEventListener('input', soon);
  refresh();
  let open = state.summary?.deadLetters;
  const stop = listen(() => {
    if (state.summary?.deadLetters === open) return;
    open = state.summary?.deadLetters;
    refresh();
  });
  return () => {
    clearTimeout(typing);
    stop();
  };
}

function select(label, words, chosen) {
  const options = ['', ...words].map((word) => h('option', { value: word, selected: word === chosen }, word || 'any'));
  const input = h('select', {}, options);
  return { input, label: h('label', { class: 'field' }, label, input) };
}

function name(letter) {
  return letter.image ? imageName(letter.image) : letter.id;
}

function row(letter, replay) {
  const again = h('button', { type: 'button', class: 'small', 'data-focus': 'replay', 'aria-label': `Replay ${name(letter)}` }, 'Replay');
  again.addEventListener('click', () => {
    again.disabled = true;
    replay(letter);
  });
  return h(
    'tr',
    {},
    letter.image ? imageCell(letter) : h('td', { class: 'image mono' }, letter.id),
    h('td', { class: 'tight' }, letter.stage),
    h('td', {}, h('div', {}, letter.reason), h('div', { class: 'message' }, letter.message)),
    h('td', { class: 'end' }, count(letter.attempts)),
    h('td', { class: 'end' }, ago(letter.deadAt)),
    h('td', { class: 'end' }, letter.state !== 'open' ? badge({ state: 'replayed' }) : may('operator') ? again : null),
  );
}

/** Asks first, with what the gateway says would be done; the answer of the replay, or undefined. */
async function confirmed(filter) {
  const selection = Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== ''));
  if (Object.keys(selection).length === 0) selection.all = true;
  const planned = await post('/api/v1/dead-letters/replay', { ...selection, dryRun: true });
  const would = planned.items.filter((item) => item.result === 'would-replay').length;
  const dialog = h(
    'dialog',
    { 'aria-labelledby': 'replay-title' },
    h(
      'form',
      { method: 'dialog' },
      h('h2', { id: 'replay-title' }, would === 1 ? 'Replay 1 dead letter?' : `Replay ${count(would)} dead letters?`),
      h('p', { class: 'quiet' }, would > 0 ? 'Each one starts again at the stage where it failed.' : 'None of them can be replayed.', refusals(planned.items)),
      h(
        'div',
        { class: 'actions' },
        h('button', { value: '' }, 'Cancel'),
        h('button', { value: 'replay', class: 'primary', disabled: would === 0 }, 'Replay'),
      ),
    ),
  );
  document.body.append(dialog);
  dialog.showModal();
  await new Promise((resolve) => dialog.addEventListener('close', resolve, { once: true }));
  dialog.remove();
  return dialog.returnValue === 'replay' ? post('/api/v1/dead-letters/replay', selection) : undefined;
}

function refusals(items) {
  const refused = items.filter((item) => item.result === 'refused').length;
  return refused > 0 ? ` ${count(refused)} can never be replayed.` : '';
}

function summary(items) {
  const replayed = items.filter((item) => item.result === 'replayed').length;
  announce(`${replayed} replayed`);
  return `${count(replayed)} replayed.${refusals(items)}`;
}
