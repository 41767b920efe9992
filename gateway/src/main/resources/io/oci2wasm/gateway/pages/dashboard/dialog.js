// Questions before something is done.
import { h } from './dom.js';

let last = 0;

/**
 * Asks; resolves to whether the user wants it.
 *
 * @param {string} title the question
 * @param {any} text what would happen
 * @param {string} action the word on the button that does it
 * @param {boolean} possible whether it can be done at all
 */
export function ask({ title, text, action, possible = true }) {
  return opened(title, [
    h('p', { class: 'quiet' }, text),
    h('div', { class: 'actions' }, h('button', { value: '' }, possible ? 'No, leave it' : 'Close'), h('button', { value: 'yes', class: 'primary', disabled: !possible }, action)),
  ]).then((answer) => answer === 'yes');
}

/**
 * Shows a form in a dialog. `send` gets the button's value, and returns what is wrong, or nothing: then the dialog closes.
 *
 * @param {(value: string) => Promise<string>} send
 */
export function form(title, content, buttons, send) {
  const refusal = h('p', { class: 'failed', role: 'alert' });
  const dialog = build(title, [content, refusal, h('div', { class: 'actions' }, h('button', { value: '', formnovalidate: true }, 'Cancel'), buttons)]);
  dialog.addEventListener('submit', async (event) => {
    const { value } = event.submitter ?? {};
    if (!value) return;
    event.preventDefault();
    refusal.textContent = '';
    refusal.textContent = await send(value).catch((error) => error.message);
    if (refusal.textContent === '') dialog.close(value);
  });
  return show(dialog);
}

function opened(title, content) {
  return show(build(title, content));
}

function build(title, content) {
  const id = `dialog-${++last}`;
  return h('dialog', { 'aria-labelledby': id }, h('form', { method: 'dialog' }, h('h2', { id }, title), content));
}

async function show(dialog) {
  const before = document.activeElement;
  document.body.append(dialog);
  dialog.showModal();
  await new Promise((resolve) => dialog.addEventListener('close', resolve, { once: true }));
  dialog.remove();
  before?.focus?.();
  return dialog.returnValue;
}
