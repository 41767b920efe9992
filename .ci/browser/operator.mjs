// What .ci/dashboard.sh checks of an operator's day: each page by its address, by keys alone, with roles, narrow, and with axe.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

const contains = (text) => `document.querySelector('main').innerText.includes(${JSON.stringify(text)})`;
const row = (...words) => `[...document.querySelectorAll('main tbody tr')].some(row => ${JSON.stringify(words)}.every(word => row.innerText.includes(word)))`;
const asked = (words) => `document.querySelector('dialog[open] h2')?.textContent.startsWith(${JSON.stringify(words)})`;

/** Every page by its address; `registry` is where images are. */
function addresses(registry) {
  const image = new URLSearchParams({ registry, repository: 'ci/multi' });
  return {
    now: '#/now',
    images: '#/images?state=built',
    image: `#/image?${image}`,
    tag: `#/image?${image}&tag=1`,
    batches: '#/batches',
    failures: '#/dead-letters?state=any',
    workers: '#/workers',
    registries: '#/registries',
    subscribers: '#/subscribers',
    rules: `#/rules?image=${registry}/ci/multi:1`,
    retention: '#/retention',
    audit: '#/audit',
  };
}

/** Presses the button that is named so, and goes on in its question. */
async function press(page, name, condition = `it.textContent === ${JSON.stringify(name)}`) {
  await page.tabTo(name, condition);
  await page.press('Enter');
}

export async function checkImagePage({ page, check, say, gateway, registry }) {
  say('an image by its address');
  const { image } = addresses(registry);
  await page.go(`${gateway}/dashboard/${image}`);
  await page.until('its tags', row('1', 'Built', 'linux/riscv64', 'Skipped', 'linux/s390x'));
  check('the title', 'ci/multi · oci2wasm', await page.value('document.title'));
  await press(page, 'the tag', "it.dataset.focus === 'tag'");
  await page.until('its address', "new URLSearchParams(location.hash.split('?')[1]).get('tag') === '1'");
  await page.until('its bundle', `${contains('Manifest')} && ${contains('Size')}`);
  const delivered = "[...document.querySelectorAll('section[aria-label=Deliveries] li')].map(one => one.innerText)";
  await page.until('its delivery', `${delivered}.length > 0`);
  const told = (await page.value(delivered)).map((line) => line.replace(/\s+/g, ' ').replace(/[0-9a-f]{12} ?, .* ago/, 'DIGEST, … ago'));
  check('deliveries', `Delivered linux/riscv64 to ${registry}/ci/multi as DIGEST, … ago, signed`, told.join('; '));
  const manifest = await page.value("document.querySelector('section[aria-label=Deliveries] li button.copy').title");
  const inRegistry = (name) => fetch(`http://${registry}/v2/ci/multi/manifests/${name}`, { method: 'HEAD', headers: { Accept: 'application/vnd.oci.image.manifest.v1+json' } }).then((answer) => answer.status);
  check('the manifest is in the registry', 200, await inRegistry(manifest));
  check('and what is said of it', 200, await inRegistry(`${manifest.replace(':', '-')}.att`));
  await page.value("(() => { const asked = window.fetch; window.fetch = (path, options) => String(path).startsWith('/api/v1/requests/') ? Promise.reject(new TypeError('away')) : asked(path, options); window.back = () => { window.fetch = asked; }; })()");
  await page.until('what is wrong', contains('The gateway does not answer.'));
  await page.value('back()');
  await page.until('nothing wrong any more', `!${contains('The gateway does not answer.')}`);
  await press(page, 'Provenance', "it.tagName === 'SUMMARY'");
  await page.until('what it was made of', contains('Download the statement'));
  await page.until('who built it', contains('Builder'));
  const download = "document.querySelector('a[data-focus=download]').href";
  const answer = await page.value(`fetch(${download}, {method: 'HEAD'}).then(r => r.status + ' ' + (Number(r.headers.get('content-length')) > 1e6))`);
  check('the download', '200 true', answer);
  await press(page, 'Convert again…');
  await page.until('the question', asked('Convert '));
  await page.press('Escape');
  check('nothing was asked for', false, await page.value(contains('Asked for: ')));
  await press(page, 'Convert again…');
  await page.until('the question', asked('Convert '));
  await press(page, 'Convert again');
  await page.until('what was asked for', contains('Asked for: its request'));
  await page.until('the new request', row('ci/multi', 'the API'));
  await page.value('history.back()');
  await page.until('the repository again', "document.title === 'ci/multi · oci2wasm'");
}

/** A rule has both platforms' bundles trained with SIMD, of which only amd64 makes use. */
export async function checkTrained({ page, check, say, gateway, registry }) {
  say('bundles that were trained, with SIMD and without');
  await page.size(1280, 900);
  await page.go(`${gateway}/dashboard/#/rules?image=${registry}/ci/trained:1`);
  await page.until('the rule', row('ci/trained', 'all platforms; trained, with SIMD', 'this one'));
  await page.go(`${gateway}/dashboard/#/image?${new URLSearchParams({ registry, repository: 'ci/trained', tag: '1' })}`);
  const byTraining = (platform) => `[...document.querySelectorAll('main tbody tr')].find(row => ['the training of a bundle', ${JSON.stringify(platform)}, 'Built'].every(word => row.innerText.includes(word)))`;
  const facts = "Object.fromEntries([...document.querySelectorAll('.conversion .facts > div')].map(one => [...one.children].map(word => word.innerText)))";
  const factsOf = async (platform) => {
    await page.until(`the trained bundle of ${platform}`, byTraining(platform), 600_000); // at the lowest priority
    await page.value(`${byTraining(platform)}.querySelector('a[data-focus=request]').click()`);
    await page.until('its facts', `document.querySelector('.conversion')?.getAttribute('aria-label') === ${JSON.stringify(platform)} && 'Translated from' in ${facts}`);
    const found = await page.value(facts);
    await page.value('history.back()');
    await page.until('all requests', byTraining(platform));
    return found;
  };
  const amd64 = await factsOf('linux/amd64');
  check('amd64: trained by', 'sh -c "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done"', amd64['Trained by'].trim());
  check('amd64: where it runs', 'yes: it needs a runtime that has it, as browsers, node and wasmtime; the JVM of oci2wasm run has not', amd64.SIMD);
  check('amd64: faster by', undefined, amd64['Faster by']);
  const riscv64 = await factsOf('linux/riscv64');
  check('riscv64: where it runs', undefined, riscv64.SIMD);
  check('riscv64: faster by', true, /^[0-9.]+ × in that$/.test(riscv64['Faster by']));
}

export async function checkAddresses({ page, check, say, gateway }) {
  say('filters are in the address');
  await page.go(`${gateway}/dashboard/#/images`);
  await page.until('everything', `${row('ci/multi')} && ${row('ci/single')}`);
  await page.tabTo('the search field', "it.type === 'search'");
  await page.type('multi');
  await page.until('what is found', `${row('ci/multi')} && !${row('ci/single')}`);
  check('the address', '#/images?repository=multi', await page.value('location.hash'));
  check('the focus stays', 'search', await page.value('document.activeElement.type'));
  await page.value('history.back()');
  await page.until('everything again', row('ci/single'));
  check('the field', '', await page.value("document.querySelector('main input[type=search]').value"));
  await page.go('about:blank');
  await page.go(`${gateway}/dashboard/#/images?state=failed&repository=ci/*`);
  await page.until('what a shared address shows', `${row('ci/missing')} || ${contains('No conversions that match.')}`);
  check('no other', false, await page.value(row('ci/multi')));
}

export async function checkPaging({ page, check, say, gateway }) {
  say('pages are in the address');
  await page.go(`${gateway}/dashboard/#/images?repository=ci/single`);
  const first = "document.querySelector('main tbody tr').dataset.key";
  await page.until('another page', "[...document.querySelectorAll('main .pages a')].some(it => it.textContent === 'Next page' && !it.hidden)");
  const before = await page.value(first);
  await press(page, 'Next page');
  await page.until('older ones', `location.hash.includes('page=') && document.querySelector('main tbody tr') && ${first} !== ${JSON.stringify(before)}`);
  await page.until('the way back', "[...document.querySelectorAll('main .pages a')].some(it => it.textContent === 'First page' && !it.hidden)");
  await page.value('history.back()');
  await page.until('the first page', "!location.hash.includes('page=')");
}

export async function checkFailures({ page, check, say, gateway }) {
  say('failures in groups');
  await page.go(`${gateway}/dashboard/#/dead-letters`);
  await page.until('the group', row('unreadable', 'gateway', 'about no image'));
  const pill = "Number(document.getElementById('letters-count').textContent)";
  const open = await page.value(pill);
  await press(page, 'the group', "it.dataset.focus === 'group' && it.textContent === 'unreadable'");
  await page.until('its address', "location.hash.includes('reason=unreadable')");
  await press(page, 'Dismiss all of these…');
  await page.until('the question', asked('Dismiss 1 dead letter?'));
  await press(page, 'No, leave it');
  check('nothing dismissed', true, await page.value(row('unreadable')));
  await press(page, 'Dismiss all of these…');
  await page.until('the question', asked('Dismiss 1 dead letter?'));
  await press(page, 'Dismiss');
  await page.until('the answer', contains('1 dismissed.'));
  await page.until('the number', `${pill} === ${open - 1} || document.getElementById('letters-count').hidden`);
  await page.go(`${gateway}/dashboard/#/dead-letters?state=dismissed`);
  await page.until('who did it', row('unreadable', 'Dismissed', 'by api-token'));
  await press(page, 'Open again');
  await page.until('it is open', contains(': open.'));
  await page.until('the number again', `${pill} === ${open}`);
}

export async function checkBatchStart({ page, check, say, gateway, registry }) {
  say('a batch by keys');
  await page.go(`${gateway}/dashboard/#/batches`);
  await press(page, 'Start a batch…');
  await page.until('the form', asked('Start a batch'));
  await page.tabTo('the registry', "it.name === 'registry'");
  await page.type('none.example');
  await press(page, 'Next');
  await page.until('nothing to do', asked('Convert 0 images again?'));
  check('it cannot start', true, await page.value("document.querySelector('dialog[open] button.primary').disabled"));
  await page.press('Escape');
  await press(page, 'Start a batch…');
  await page.until('the form', asked('Start a batch'));
  await page.tabTo('the registry', "it.name === 'registry'");
  await page.type(registry);
  await page.tabTo('the repositories', "it.name === 'repositories'");
  await page.type('ci/multi');
  await press(page, 'Next');
  await page.until('what it would convert', `${asked('Convert 1 image again?')} && document.querySelector('dialog[open]').innerText.includes('ci/multi')`);
  await press(page, 'Start');
  await page.until('the batch with its id', "/^[0-9a-f]{32}$/.test(document.querySelector('main article code')?.textContent)");
  await page.until('its end', "document.querySelector('main article .badge')?.textContent === 'Done'");
  await press(page, 'its images', "it.getAttribute('aria-label') === '1 images of this batch'");
  await page.until('them', `location.hash.includes('batch=') && ${row('ci/multi')}`);
}

export async function checkOperations({ page, check, say, gateway, registry }) {
  say('workers, registries, subscribers, rules, retention');
  await page.go(`${gateway}/dashboard/#/workers`);
  for (const stage of ['ingest', 'resolve', 'build']) await page.until(`the ${stage}-worker`, row(`${stage}-worker`, 'version', 'Idle', 'nothing'));
  await page.until('how many', "/^[0-9]+ there$/.test(document.querySelector('main header .quiet')?.textContent)");
  for (const platforms of ['linux/riscv64', 'linux/386, linux/amd64']) await page.until(`the engine of ${platforms}`, row(platforms, '1'));
  await page.go(`${gateway}/dashboard/#/registries`);
  await page.until('the registry', row(registry, 'webhooks of Distribution', 'never scanned'));
  await page.go(`${gateway}/dashboard/#/subscribers`);
  await page.until('who is told', row('ci', 'http://127.0.0.1:', 'built, failed', 'HTTP 503'));
  const deliveries = "Number(document.querySelector('main tbody tr').cells[2].innerText)";
  await page.until('deliveries', `${deliveries} > 0`);
  await page.go(`${gateway}/dashboard/#/rules`);
  await page.until('no rule', contains('No rules: every image is converted.'));
  await page.tabTo('the image', "it.type === 'search'");
  await page.type(`${registry}/ci/multi:1`);
  await page.until('what holds for it', contains('No rule matches'));
  check('its address', true, await page.value("location.hash.startsWith('#/rules?image=')"));
  await page.go(`${gateway}/dashboard/#/retention`);
  await page.until('its rules', contains('only when somebody asks for it'));
  await press(page, 'What would go now?');
  await page.until('the dry run', `location.hash.includes('run=') && ${contains('What would go')}`);
  await page.until('its end', `${row('looked only', 'Done')} && ${contains('Images that are no longer wanted')}`);
  await press(page, 'Remove now…');
  await page.until('the question', asked('Remove what the rules leave?'));
  await page.press('Escape');
  await page.until('the audit log has it', "fetch('/api/v1/audit').then(r => r.json()).then(page => ['POST /api/v1/gc', 'POST /api/v1/dead-letters/dismiss', 'POST /api/v1/conversions'].every(call => page.items.some(one => one.call === call)))");
  console.log('ok: the audit log has what was done');
}

/** The words of the buttons that the page shows. */
const BUTTONS = "[...document.querySelectorAll('main button')].filter(one => one.offsetParent && !one.classList.contains('copy')).map(one => one.textContent).join()";

async function signIn(page, gateway, token, user) {
  await page.value("fetch('/api/v1/session', {method: 'DELETE'})");
  await page.go('about:blank');
  await page.go(`${gateway}/dashboard/`);
  await page.until('the question', "document.getElementById('token-dialog').open");
  await page.type(token);
  await page.press('Enter');
  await page.until('who is there', `document.getElementById('user').textContent === '${user}'`);
}

/** The status of a call that would change something. */
const change = (path, body) => `fetch('/api/v1/${path}', {method: 'POST', headers: {'Content-Type': 'application/json'}, body: ${JSON.stringify(JSON.stringify(body))}}).then(r => r.status)`;

/** An operator converts, replays and looks what would go, but removes nothing and does not read who did what. */
export async function checkOperator({ page, check, say, gateway, registry, token }) {
  say('an operator');
  await signIn(page, gateway, token, 'shift, operator');
  const shown = addresses(registry);
  await page.go(`${gateway}/dashboard/${shown.retention}`);
  await page.until('the dry run', contains('What would go now?'));
  check('removal', false, await page.value(contains('Remove now')));
  await page.go(`${gateway}/dashboard/${shown.batches}`);
  await page.until('a batch to start', contains('Start a batch'));
  await page.go(`${gateway}/dashboard/${shown.tag}`);
  await page.until('a conversion again', contains('Convert again'));
  check('the audit log', true, await page.value("document.getElementById('audit-link').hidden"));
  check('a dry run by an operator', 202, await page.value(change('gc', { dryRun: true })));
  check('a removal by an operator', 403, await page.value(change('gc', { dryRun: false })));
  check('the audit log by an operator', 403, await page.value("fetch('/api/v1/audit').then(r => r.status)"));
  page.complaints = page.complaints.filter((text) => !/40[13]/.test(text));
}

/** A viewer sees everything, and no way to change it. */
export async function checkViewer({ page, check, say, gateway, registry, token }) {
  say('a viewer');
  await signIn(page, gateway, token, 'guest, viewer');
  for (const [name, address] of Object.entries(addresses(registry))) {
    if (name === 'audit') continue;
    await page.go(`${gateway}/dashboard/${address}`);
    await page.until(`the content of ${name}`, "document.querySelector('main .panel') !== null");
    await new Promise((resolve) => setTimeout(resolve, 700));
    check(`buttons on ${name}`, '', await page.value(BUTTONS));
  }
  check('the audit log', true, await page.value("document.getElementById('audit-link').hidden"));
  for (const path of ['dead-letters/dismiss', 'dead-letters/replay', 'dead-letters/x/dismiss', 'dead-letters/x/reopen', 'conversions', 'batches', 'gc']) {
    check(`${path} by a viewer`, 403, await page.value(change(path, { all: true, dryRun: true })));
  }
  page.complaints = page.complaints.filter((text) => !/40[13]/.test(text));
}

/** In which widths and colours pages are looked at: one of each, and in the state with most on the pages both. */
function looks(state, all) {
  if (all) return [[1440, ['light', 'dark']], [390, ['light', 'dark']]];
  return state === 'busy' ? [[1440, ['light']], [390, ['dark']]] : [[1440, ['light']]];
}

/** Counts what a page waits for, and notes when it changed last. */
const WATCH = `if (window.asked === undefined) {
  window.asked = 0;
  window.changed = 0;
  const ask = window.fetch;
  window.fetch = (...words) => {
    window.asked++;
    return ask(...words).finally(() => window.asked--);
  };
  new MutationObserver(() => { window.changed = performance.now(); }).observe(document, { childList: true, subtree: true });
}`;

/**
 * Every page by its address: nothing sticks out, and axe finds nothing.
 *
 * @param state names the pictures: `empty`, `busy`, or `broken`, where no gateway is there to load pages from
 */
export async function checkEveryPage({ page, check, say, gateway, registry, screenshots, all, axe }, state) {
  say(`every page: ${state}`);
  const begun = Date.now();
  const script = await readFile(axe, 'utf8');
  await page.send('Page.addScriptToEvaluateOnNewDocument', { source: WATCH });
  for (const [name, address] of Object.entries(addresses(registry))) {
    for (const [width, schemes] of looks(state, all)) {
      await page.size(width, 900);
      if (state === 'broken') {
        await page.value(`location.hash = ${JSON.stringify(address)}`);
      } else {
        await page.go('about:blank');
        await page.go(`${gateway}/dashboard/${address}`);
      }
      await page.until(`the content of ${name}`, "document.querySelector('main .panel') !== null");
      await page.value('changed = performance.now()');
      await page.until(`all of ${name}`, 'asked === 0 && performance.now() - changed > 300');
      for (const scheme of schemes) {
        await page.scheme(scheme);
        await new Promise((resolve) => setTimeout(resolve, 200));
        await page.screenshot(join(screenshots, `${state}-${name}-${width}-${scheme}.png`));
        if (!(await page.value("typeof axe === 'object'"))) await page.value(`${script};0`);
        const found = await page.value("axe.run({resultTypes: ['violations']}).then(result => result.violations.map(one => one.id + ': ' + one.nodes[0].html).join('\\n'))");
        check(`axe on ${name}, ${width}, ${scheme}, ${state}`, '', found);
      }
      await page.scheme('light');
      check(`${name}, ${width}, ${state}: nothing sticks out`, true, await page.value(`document.documentElement.scrollWidth <= ${width}`));
      const away = `[...document.querySelectorAll('main button, main .button')].filter(one => one.offsetParent && (one.getBoundingClientRect().right > ${width} || one.getBoundingClientRect().left < 0)).map(one => one.textContent).join()`;
      check(`${name}, ${width}, ${state}: buttons off the screen`, '', await page.value(away));
    }
  }
  console.log(`that took ${Math.round((Date.now() - begun) / 1000)} s`);
  await page.size(1280, 900);
}
