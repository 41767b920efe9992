// What .ci/dashboard.sh checks in the page. The environment says where everything is.
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { check, end, pass, say } from './checks.mjs';
import { open } from './devtools.mjs';
import { checkAddresses, checkBatchStart, checkEveryPage, checkFailures, checkImagePage, checkOperations, checkOperator, checkPaging, checkTrained, checkViewer } from './operator.mjs';
import { checkSite } from './site.mjs';
import { PROMPT, SCREEN } from './terminal.mjs';

const { GATEWAY, REGISTRY, IMAGES, SECRET, TOKEN, VIEWER, OPERATOR, HOOK, AXE, SCREENSHOTS, PICTURES, RESTART } = process.env;
const EVIL = '<img src=x onerror=document.title=1>';
const run = promisify(execFile);
let known;

function push(image, repository, ...options) {
  return run('skopeo', ['copy', '--quiet', '--dest-tls-verify=false', ...options, `oci:${IMAGES}:${image}`, `docker://${REGISTRY}/${repository}`]);
}

/** Tells the gateway of a push, as Distribution would. */
async function notify(repository, digest) {
  const target = { mediaType: 'application/vnd.oci.image.manifest.v1+json', digest, repository, tag: '1' };
  const events = [{ id: `${repository}-${digest}`, action: 'push', target, request: { host: REGISTRY } }];
  const options = { method: 'POST', headers: { Authorization: `Bearer ${SECRET}`, 'Content-Type': 'application/json' }, body: JSON.stringify({ events }) };
  check(`a webhook of ${repository}`, 202, (await fetch(`${GATEWAY}/webhooks/distribution`, options)).status);
}

/** Tells the gateway of `count` pushes of known images at once. */
async function pushes(burst, count) {
  const events = [];
  for (let number = 0; number < count; number++) {
    const target = { mediaType: 'application/vnd.oci.image.manifest.v1+json', digest: known, repository: 'ci/single', tag: '1' };
    events.push({ id: `load-${burst}-${number}`, action: 'push', target, request: { host: REGISTRY } });
  }
  const options = { method: 'POST', headers: { Authorization: `Bearer ${SECRET}`, 'Content-Type': 'application/json' }, body: JSON.stringify({ events }) };
  const { status } = await fetch(`${GATEWAY}/webhooks/distribution`, options);
  if (status !== 202) throw new Error(`pushes: expected 202, found ${status}`);
}

const contains = (text) => `document.querySelector('main').innerText.includes(${JSON.stringify(text)})`;
/** A row of a table in whose text all these words are. */
const row = (...words) => `[...document.querySelectorAll('main tbody tr')].some(row => ${JSON.stringify(words)}.every(word => row.innerText.includes(word)))`;

async function picture(page, name) {
  for (const scheme of ['light', 'dark']) {
    await page.scheme(scheme);
    await page.screenshot(join(SCREENSHOTS, `${name}-${scheme}.png`));
  }
  await page.scheme('light');
}

/** A subscriber that is not ready at once. */
let told = 0;
const hook = createServer((request, response) => request.resume().on('end', () => response.writeHead(told++ === 0 ? 503 : 204).end())).listen(HOOK, '127.0.0.1');

const page = await open(`${GATEWAY}/`);
try {
  say('the token');
  await page.until('the question', "document.getElementById('token-dialog').open");
  check('data before it', 0, await page.value("document.querySelectorAll('main tbody tr:not(.none)').length"));
  await page.type('wrong');
  await page.press('Enter');
  await page.until('the refusal', "document.querySelector('#token-dialog [role=alert]').textContent === 'That token was refused.'");
  await page.type(TOKEN);
  await page.press('Enter');
  await page.until('the stream', "document.getElementById('connection').textContent === 'Live'");
  check('token in the address', false, await page.value(`location.href.includes(${JSON.stringify(TOKEN)})`));
  check('what scripts see of the token', '["",0,0]', await page.value('JSON.stringify([document.cookie, sessionStorage.length, localStorage.length])'));
  check('who is signed in', 'api-token, admin', await page.value("document.getElementById('user').textContent"));
  const things = { page, check, say, gateway: GATEWAY, registry: REGISTRY, screenshots: SCREENSHOTS, all: PICTURES === 'all', axe: AXE };
  await checkEveryPage(things, 'empty');
  await page.go(`${GATEWAY}/dashboard/#/now`);
  page.complaints = page.complaints.filter((text) => !/40[14]/.test(text));

  say('what happens shows by itself');
  await page.value('window.untouched = true');
  const digest = (await run('skopeo', ['inspect', '--format', '{{.Digest}}', `oci:${IMAGES}:single`])).stdout.trim();
  known = digest;
  await notify('ci/missing', digest);
  await notify(EVIL, digest);
  await push('single', 'ci/single:1');
  await push('multi', 'ci/multi:1', '--all');
  await page.until('the bundle', row('ci/single', 'linux/riscv64', 'Built'));
  await page.until('what is left out', row('ci/multi', 'linux/s390x', 'Skipped', 'no-engine'));
  await page.until('what fails', row('ci/missing', 'Failed', 'not-found'));
  await page.until('failures by reason', row('not-found', '1'));
  await page.until('what it says aloud', "document.getElementById('announcer').textContent !== ''");
  await page.until('the queues', "document.querySelectorAll('table.ages tbody tr').length === 5");
  await page.until('the number of dead letters', "document.getElementById('letters-count').textContent === '2'");
  check('without a reload', true, await page.value('window.untouched'));
  await picture(page, 'now');

  say('by keys alone: an image and its history');
  await page.tabTo('Images', "it.textContent === 'Images'");
  check('a visible focus', true, await page.value("getComputedStyle(document.activeElement).outlineStyle !== 'none'"));
  await page.press('Enter');
  await page.until('the search', contains('Find an image'));
  await page.tabTo('the search field', "it.type === 'search'");
  await page.type('multi');
  await page.until('what is found', `${row('ci/multi')} && !${row('ci/single')}`);
  await picture(page, 'images');
  await page.tabTo('the image', "it.tagName === 'A' && it.textContent.includes('ci/multi')");
  await page.press('Enter');
  await page.until('its history', "[...document.querySelectorAll('.steps')].some(one => /Waiting to fetch.*Fetching.*Waiting to build.*Building.*Built/s.test(one.innerText))");
  await picture(page, 'image');

  say('dead letters');
  await page.tabTo('Failures', "it.textContent.startsWith('Failures')");
  await page.press('Enter');
  await page.until('the letter', row('ci/missing', 'ingest', 'not-found'));
  check('markup from outside', 0, await page.value("document.querySelectorAll('main img').length"));
  check('markup from outside, run', false, await page.value("document.title === '1'"));
  await picture(page, 'dead-letters');
  await push('single', 'ci/missing:1');
  await page.tabTo('Replay', "it.getAttribute('aria-label')?.includes('ci/missing')");
  await page.press('Enter');
  await page.until('the answer', contains('replayed.'));
  await page.until('the letter to go', `!${row('ci/missing')}`);
  await page.tabTo('Replay all', "it.textContent.startsWith('Replay all')");
  await page.press('Enter');
  await page.until('the question', "document.querySelector('dialog[open] h2')?.textContent.startsWith('Replay 1 dead letter')");
  await picture(page, 'replay');
  await page.press('Escape');
  await page.until('no question', "document.querySelector('dialog[open]') === null");
  check('nothing done', true, await page.value(row('unreadable')));

  await checkImagePage(things);
  await checkAddresses(things);
  await checkFailures(things);
  await checkBatchStart(things);
  await checkOperations(things);
  await page.value('window.untouched = true');

  say('batches');
  // So slow that it cannot end by itself, however long a gateway is away.
  const order = { kind: 'reconvert', registry: REGISTRY, rate: 0.001 };
  const begin = async (order) => {
    const options = { method: 'POST', headers: { Authorization: `Bearer ${TOKEN}`, 'Content-Type': 'application/json' }, body: JSON.stringify(order) };
    const answer = await fetch(`${GATEWAY}/api/v1/batches`, options);
    check('a batch begins', 202, answer.status);
    return (await answer.json()).id;
  };
  await begin(order);
  const badge = (state) => `document.querySelector('main article .badge')?.textContent.toLowerCase() === '${state}'`;
  await page.tabTo('Batches', "it.textContent === 'Batches'");
  await page.press('Enter');
  await page.until('the batch', `${contains('Re-conversion of')} && ${badge('running')}`);
  for (const [name, state] of [['Pause', 'paused'], ['Resume', 'running'], ['Cancel…', 'cancelled']]) {
    if (state === 'cancelled') await picture(page, 'batches');
    await page.tabTo(name, `it.textContent === '${name}'`);
    await page.press('Enter');
    if (state === 'cancelled') {
      await page.until('the question', "document.querySelector('dialog[open] h2')?.textContent === 'Cancel this batch?'");
      await page.press('Escape');
      check('it goes on', true, await page.value(badge('running')));
      await page.tabTo(name, `it.textContent === '${name}'`);
      await page.press('Enter');
      await page.tabTo('the answer', "it.textContent === 'Cancel the batch'");
      await page.press('Enter');
    }
    await page.until(state, badge(state));
  }
  check('nothing more can be done', 0, await page.value("document.querySelectorAll('main article button').length"));

  const second = await begin(order);
  await page.until('another, by itself', `${badge('running')} && document.querySelectorAll('main article').length === 3`);
  const calls = "performance.getEntriesByType('resource').filter((one) => one.name.includes('/api/v1/batches?')).length";
  check('calls for what the stream tells', 0, await page.value(calls));

  say('a gateway that has been away');
  const connection = (text) => `document.getElementById('connection').textContent === '${text}'`;
  await writeFile(RESTART, '');
  await page.until('the break', connection('Reconnecting'));
  await page.until('the banner', "document.getElementById('banner').textContent.startsWith('The gateway does not answer.') && document.body.classList.contains('stale')");
  await picture(page, 'gone');
  await page.until('the stream again', connection('Live'), 180_000);
  await page.until('no banner', "document.getElementById('banner').textContent === '' && !document.body.classList.contains('stale')");
  await page.until('the batches again', "document.querySelectorAll('main article').length === 3");
  const cancel = { method: 'POST', headers: { Authorization: `Bearer ${TOKEN}` } };
  check('a change afterwards', 200, (await fetch(`${GATEWAY}/api/v1/batches/${second}/cancel`, cancel)).status);
  await page.until('its news', badge('cancelled'));
  check('without a reload', true, await page.value('window.untouched'));

  say('a proxy that lets no stream through');
  await page.send('Network.enable');
  await page.send('Network.setBlockedURLs', { urls: ['*/api/v1/events/stream*'] });
  await page.send('Page.reload');
  const articles = "document.querySelectorAll('main article').length";
  await page.until('the batches by asking', `${articles} === 3 && ${connection('Reconnecting')}`);
  check('no banner while it answers', '', await page.value("document.getElementById('banner').textContent"));
  const third = await begin(order);
  await page.until('another by asking', `${articles} === 4`);
  check('its end', 200, (await fetch(`${GATEWAY}/api/v1/batches/${third}/cancel`, cancel)).status);
  await page.until('its end by asking', `${badge('cancelled')} && ${connection('Reconnecting')}`);
  await page.send('Network.setBlockedURLs', { urls: [] });
  await page.until('the stream after all', connection('Live'));
  page.complaints = page.complaints.filter((text) => !/ERR_(BLOCKED_BY_CLIENT|CONNECTION_REFUSED|INCOMPLETE_CHUNKED_ENCODING|CONNECTION_RESET|EMPTY_RESPONSE)|50[234]/.test(text));

  say('a bundle in the page');
  await page.tabTo('Now', "it.textContent === 'Now'");
  await page.press('Enter');
  await page.until('what was replayed', row('ci/missing', 'Built'));
  await page.tabTo('Run', "it.getAttribute('aria-label')?.startsWith('Run ')");
  await page.press('Enter');
  await page.until('the page', "location.pathname === '/run/' && document.getElementById('status').textContent.length > 0");
  await page.value("document.getElementById('command').value = 'sh'");
  await page.until('the image\'s own command to run', "/^(Running|Exited)/.test(document.getElementById('status').textContent)");
  await page.value("document.getElementById('stop').click()");
  await page.value("document.getElementById('start').click()");
  await page.until('a prompt', PROMPT);
  const letters = "(() => { const pen = document.createElement('canvas').getContext('2d'); pen.font = `14px ${getComputedStyle(document.body).getPropertyValue('--mono')}`; const all = pen.measureText('_'); return all.fontBoundingBoxAscent + all.actualBoundingBoxDescent; })()";
  check('lines have room for underscores', true, await page.value(`document.querySelector('.xterm-rows > div').getBoundingClientRect().height >= ${letters}`));
  await page.type('echo $((6*7)) on $(uname -m)');
  await page.press('Enter');
  await page.until('the answer', `/^42 on (riscv64|x86_64)$/m.test(${SCREEN})`);
  pass('a command', 'is answered');
  await picture(page, 'run');
  await page.size(760, 700);
  await new Promise((resolve) => setTimeout(resolve, 500));
  await page.type('stty size');
  await page.press('Enter');
  await page.until('the new size', `/^\\d+ \\d+$/m.test(${SCREEN})`);
  const size = await page.value(`${SCREEN}.match(/^\\d+ \\d+$/m)[0]`);
  check('columns after a resize', true, Number(size.split(' ')[1]) < 90);
  await page.type('exit 7');
  await page.press('Enter');
  await page.until('the exit code', "document.getElementById('status').textContent.startsWith('Exited with 7')");

  await push('site', 'ci/site:1');
  await push('sample', 'ci/trained:1', '--all');
  await page.size(1280, 900);
  await page.go(`${GATEWAY}/dashboard/#/now`);
  await page.until('the site\'s bundle', row('ci/site', 'Built'));
  await page.tabTo('Run', "/^Run .*ci\\/site/.test(it.getAttribute('aria-label'))");
  await page.press('Enter');
  await page.until('a prompt', PROMPT);
  await checkSite({ page, check, say, gateway: GATEWAY, token: TOKEN, screen: SCREEN, picture: (name) => picture(page, name) });

  await checkTrained(things);

  say('under load');
  await page.size(1280, 900);
  await page.go(`${GATEWAY}/dashboard/#/now`);
  await page.until('the stream', "document.getElementById('connection').textContent === 'Live'");
  await Promise.all(Array.from({ length: 40 }, (_, burst) => pushes(burst, 50)));
  const queued = "Number([...document.querySelectorAll('table.ages tbody tr')].find(row => row.innerText.startsWith('ingest'))?.cells[1].innerText.replaceAll(/\\D/g, ''))";
  await page.until('the queue', `${queued} > 100`);
  await page.until('its number among the stages', "[...document.querySelectorAll('.stages li')].some(item => /^Waiting\\s+[\\d,]{2,}/.test(item.innerText))");
  await picture(page, 'load-now');
  await begin({ ...order, rate: 50, force: true });
  await page.tabTo('Batches', "it.textContent === 'Batches'");
  const asked = Date.now();
  await page.press('Enter');
  await page.until('the batches', contains('Re-conversion of'));
  console.log(`the page took ${Date.now() - asked} ms`);
  await page.until('the new one among them', "document.querySelector('main article .badge')?.textContent !== 'Cancelled'", 120_000);
  await picture(page, 'load-batches');
  await page.tabTo('Now', "it.textContent === 'Now'");
  await page.press('Enter');
  await page.until('an end of the queue', `${queued} === 0`, 600_000); // 2000 pushes, however busy the machine is
  check('rows in the page at most', true, await page.value("document.querySelectorAll('main tbody tr').length") < 200);

  say('a narrow window');
  await page.size(390, 800);
  await page.go(`${GATEWAY}/dashboard/#/now`);
  await page.until('the outcomes', row('ci/single', 'Built'));
  check('nothing sticks out', true, await page.value('document.documentElement.scrollWidth <= 390'));
  await picture(page, 'narrow');

  await page.size(1280, 900);
  await checkPaging(things);
  await checkEveryPage(things, 'busy');
  await checkOperator({ ...things, token: OPERATOR });
  await checkViewer({ ...things, token: VIEWER });

  say('what the browser complained about');
  check('complaints', '', page.complaints.join('\n'));

  say('without a gateway');
  await page.value("fetch('/api/v1/session', {method: 'DELETE'})");
  await page.go('about:blank');
  await page.go(`${GATEWAY}/dashboard/#/now`);
  await page.until('the question', "document.getElementById('token-dialog').open");
  await page.type(TOKEN);
  await page.press('Enter');
  await page.until('the stream', connection('Live'));
  await writeFile(`${RESTART}.never`, '');
  await page.until('the banner', "document.getElementById('banner').textContent !== ''");
  await checkEveryPage(things, 'broken');
  end();
} finally {
  await page.screenshot(join(SCREENSHOTS, 'last.png')).catch(() => {});
  await page.close();
  hook.close();
}
