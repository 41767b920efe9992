// Rules of conversion: what is wanted, and which rule an image meets.
import { get } from '../api.js';
import { h, showNone, table } from '../dom.js';
import { memory } from '../format.js';
import { filters, questions } from '../list.js';

const FILTERS = [{ name: 'image', label: 'Which rule does an image meet?', hint: 'registry.example/team/app:1.2' }];

export function rules(main, parameters) {
  const found = table('Rules in the order in which they are tried', [{ name: 'No.', class: 'end' }, 'Images', 'What is wanted', 'Guest memory', 'Stored as files', 'Without a tag', 'Meets it'], { class: 'blocks' });
  const answer = h('p', { class: 'result', role: 'status' });
  const standard = h('p', { class: 'quiet' });
  const filter = filters('rules', parameters, FILTERS, () => refresh());
  main.append(
    h(
      'section',
      { class: 'panel' },
      h('header', {}, h('h2', {}, 'Rules')),
      h('div', { class: 'body' }, standard, filter.element, answer),
      found.element,
    ),
  );
  const question = questions();
  const refresh = async () => {
    const isNewest = question();
    const { image } = filter.values();
    try {
      const all = await get('/api/v1/rules', { image });
      if (!isNewest()) return;
      standard.textContent = `The first rule that matches counts. Where none does, ${all.platforms.join(', ')} are converted${all.memory ? `, with ${memory(all.memory)} of memory` : ''}${all.translate ? `, and ${trained(all.translate)}` : ''}. Rules are in the configuration (conversion.rules).`;
      answer.textContent = all.match ? said(all.match) : '';
      if (all.rules.length > 0) found.body.replaceChildren(...all.rules.map((rule, number) => row(rule, number, all.match?.rule === number)));
      else showNone(found.body, 7, 'No rules: every image is converted.');
    } catch (error) {
      if (isNewest()) answer.textContent = error.message;
    }
  };
  refresh();
  return filter.stop;
}

function said({ rule, platforms }) {
  const which = rule === undefined ? 'No rule matches' : `Rule ${rule + 1} matches`;
  return `${which}: ${platforms.length === 0 ? 'nothing of it is converted' : `${platforms.join(', ')} if it has them`}.`;
}

function trained({ simd }) {
  return simd ? 'trained, with SIMD' : 'trained';
}

function row(rule, number, met) {
  const globs = ['registry', 'repository', 'tag'].filter((name) => rule[name] !== undefined).map((name) => [`${name} `, h('code', {}, rule[name]), ' ']);
  return h(
    'tr',
    { class: met ? 'met' : undefined },
    h('td', { class: 'end' }, number + 1),
    h('td', { class: 'image' }, globs.length > 0 ? globs : 'every image'),
    h('td', {}, rule.convert === false ? 'nothing' : rule.platforms ? rule.platforms.join(', ') : 'all platforms', rule.translate ? `; ${trained(rule.translate)}` : ''),
    h('td', {}, rule.memory ? memory(rule.memory) : ''),
    h('td', {}, rule.materialize ?? ''),
    h('td', {}, rule.untagged === undefined ? '' : rule.untagged ? 'converted' : 'ignored'),
    h('td', {}, met ? h('b', {}, 'this one') : ''),
  );
}
