// What .ci/dashboard.sh checks of a container's web site in the Run page: it is there, and it gets at nothing else.
import { createHash } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:http';

const DOWNLOAD = 20_000_000;

/** The bytes that guest_site.c sends. */
function downloadDigest() {
  const block = new Uint32Array(16384);
  const hash = createHash('sha256');
  let state = 1;
  for (let left = DOWNLOAD; left > 0; left -= block.byteLength) {
    for (let i = 0; i < block.length; i++) {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      block[i] = state;
    }
    hash.update(new Uint8Array(block.buffer, 0, Math.min(left, block.byteLength)));
  }
  return hash.digest('hex');
}

/** Each of these tells, in the frame, how an attempt to leave it ends; `G` is the gateway's origin, `T` another server's. */
const ATTEMPTS = {
  'the page around it': "(() => { try { return parent.document.title; } catch (e) { return e.name; } })()",
  'the page on top': "(() => { try { return top.document.title; } catch (e) { return e.name; } })()",
  "the token's storage": "(() => { try { return parent.sessionStorage.length; } catch (e) { return e.name; } })()",
  'leaving to another page': "(() => { try { top.location = G; return 'gone'; } catch (e) { return e.name; } })()",
  'the API': "fetch(`${G}/api/v1/queues`, { credentials: 'include' }).then((r) => r.text(), (e) => e.name)",
  'the API, unseen': "fetch(`${G}/api/v1/queues`, { credentials: 'include', mode: 'no-cors' }).then((r) => r.type, (e) => e.name)",
  'another server': "fetch(T, { mode: 'no-cors' }).then((r) => r.type, (e) => e.name)",
  'a picture of another server': "new Promise((resolve) => { const i = new Image(); i.onload = () => resolve('loaded'); i.onerror = () => resolve('refused'); i.src = `${T}/x.svg`; })",
  "the gateway's script": "import(`${G}/dashboard/api.js`).then(() => 'loaded', (e) => e.name)",
  'a socket': "new Promise((resolve) => { const s = new WebSocket(G.replace('http', 'ws')); s.onopen = () => resolve('open'); s.onerror = () => resolve('refused'); })",
  'a window': "String(window.open(`${G}/dashboard/`))",
  "the gateway's page in a frame": "new Promise((resolve) => { const f = document.createElement('iframe'); f.onload = () => { try { resolve(f.contentDocument ? f.contentDocument.body.innerText : 'refused'); } catch (e) { resolve(e.name); } }; f.src = `${G}/dashboard/`; document.body.append(f); })",
};

// What an element asks for by itself. The other server tells whether it was asked.
const byLink = (rel) => `new Promise((resolve) => { const made = Object.assign(document.createElement('link'), { rel: '${rel}', as: 'script', href: \`\${T}/${rel}\` }); made.onload = () => resolve('loaded'); made.onerror = () => resolve('refused'); document.head.append(made); setTimeout(() => resolve('refused'), 3000); })`;

/** Ways to another server that no script has to ask for. Without the policy, this browser goes each of them. */
const LOADS = {
  'a prefetch': byLink('prefetch'),
  'a preload': byLink('preload'),
  'a preloaded module': byLink('modulepreload'),
  'a beacon': "navigator.sendBeacon(`${T}/beacon`) && 'refused'",
};
const REFUSED = /^(SecurityError|TypeError|refused|null|)$/;

export async function checkSite({ page, check, say, gateway, token, screen, picture }) {
  const text = (id) => `document.getElementById('${id}').textContent`;
  const inSite = (expression) => page.inFrame('site', `(() => { const G = ${JSON.stringify(gateway)}, T = ${JSON.stringify(other)}; return ${expression}; })()`);
  const untilSite = (what, expression) => page.until(what, expression, 60_000, inSite);
  const heard = [];
  const server = createServer((request, response) => {
    heard.push(request.url);
    response.setHeader('Access-Control-Allow-Origin', '*').end('other');
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const other = `http://127.0.0.1:${server.address().port}`;
  const complained = page.complaints.length;

  say("a container's web site");
  await page.watchFrames();
  // Another server of this host may have cookies.
  await page.send('Network.setCookie', { url: gateway, name: 'neighbour', value: 'secret' });
  await page.until('the port of EXPOSE', "document.getElementById('web').checked && document.getElementById('port').value === '8000'");
  await page.until('that it does not listen yet', `${text('site-status')}.includes('does not listen on port 8000 yet')`);
  await page.type('guest_site 8000 &');
  await page.press('Enter');
  await page.until('that it listens', `${text('site-status')} === 'Port 8000 of the container.'`);
  await untilSite('its page', "document.querySelector('h1')?.innerText === 'Hello from the container' && window.marker === 'run'");
  await untilSite('its picture', "document.querySelector('img').naturalWidth === 4");
  await picture('site');
  const digest = "const hash = async (bytes) => [...new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))].map((one) => one.toString(16).padStart(2, '0')).join('');";
  const began = Date.now();
  check('20 MB', downloadDigest(), await inSite(`(async () => { ${digest} return hash(await (await fetch('/download')).arrayBuffer()); })()`));
  console.log(`they took ${Date.now() - began} ms`);
  check('pieces', 'first, second', await inSite("fetch('/chunked').then((answer) => answer.text())"));
  check('a redirect to the port that the server knows', '/inside?by=redirect', await inSite("fetch('/redirect').then((answer) => new URL(answer.url).pathname + new URL(answer.url).search)"));
  check('a redirect to elsewhere', 502, await inSite("fetch('/outside').then((answer) => answer.status)"));
  check('its cookie', 'visit=1', await inSite("fetch('/cookies').then((answer) => answer.text())"));
  const head = await inSite("fetch('/head').then((answer) => answer.text())");
  check('a secret in its requests', false, head.includes(token) || /authorization|neighbour/i.test(head));

  say('a form with a file');
  await inSite("(() => { const form = document.querySelector('form'), files = new DataTransfer(); files.items.add(new File([new Uint8Array(1e6).map((_, i) => i % 251)], 'a.bin')); form.elements.file.files = files.files; setTimeout(() => form.requestSubmit(), 0); })()");
  await untilSite('the answer', "/^1000\\d{3} bytes arrived$/.test(document.querySelector('h1')?.innerText)");
  check('the file in it', true, await inSite("fetch('/uploaded').then((answer) => answer.arrayBuffer()).then((body) => { const bytes = new Uint8Array(body), start = new TextDecoder('latin1').decode(bytes.subarray(0, 500)).indexOf('\\r\\n\\r\\n') + 4; return bytes.subarray(start, start + 1e6).every((one, i) => one === i % 251); })"));
  await page.until('the address', "document.getElementById('path').value === '/upload'");

  say('by keys alone: another path');
  await page.value("document.getElementById('path').value = ''; document.getElementById('path').focus()");
  await page.type('inside?by=keys');
  await page.press('Enter');
  await untilSite('the page', "location.search === '?by=keys' && document.body.innerText.trim() === 'inside'");
  await page.until('the whole path', "document.getElementById('path').value === '/inside?by=keys'");

  say('nothing else from inside the frame');
  for (const [what, expression] of Object.entries({ ...ATTEMPTS, ...LOADS })) {
    const found = await inSite(expression);
    if (!REFUSED.test(found)) throw new Error(`${what}: expected a refusal, found '${found}'`);
    check(what, found, found);
  }
  check('other servers that have been asked', '', heard.join());
  // The policy forbids it, but of the browsers none is known to look (docs/SECURITY.md): this tells, and checks nothing.
  const datagrams = createSocket('udp4').bind(0, '127.0.0.1');
  await once(datagrams, 'listening');
  let said = 0;
  datagrams.on('message', () => said++);
  await inSite(`(() => { try { const made = new RTCPeerConnection({ iceServers: [{ urls: 'stun:127.0.0.1:${datagrams.address().port}' }] }); made.createDataChannel('out'); made.createOffer().then((offer) => made.setLocalDescription(offer)); } catch { /* it is forbidden */ } })()`);
  await new Promise((resolve) => setTimeout(resolve, 1500));
  console.log(`datagrams that WebRTC has sent to another server: ${said}`);
  datagrams.close();
  const known = "JSON.stringify([document.cookie, document.referrer, location.href, name, { ...sessionStorage }, { ...localStorage }, document.documentElement.outerHTML])";
  check('the token in what it knows', false, (await inSite(known)).includes(token));
  check("the host's other cookies", false, (await inSite('document.cookie')).includes('neighbour'));
  check('headers that let it read the API', null, (await fetch(`${gateway}/api/v1/queues`, { headers: { Origin: await inSite('location.origin'), Authorization: `Bearer ${token}` } })).headers.get('access-control-allow-origin'));
  await inSite("void addEventListener('message', ({ data }) => { window.told = data; })");
  const forged = "[{ ready: true }, { failed: true }, { at: '/forged' }, { stream: true }].forEach((message) => parent.postMessage(message, '*', [new MessageChannel().port1]))";
  await inSite(`void ${forged}`);
  await inSite("void parent.frames.connector.postMessage({ connect: true }, '*', [new MessageChannel().port1])");
  await inSite('void (window.name = "renamed")');
  await page.inFrame('renamed', 'void (location = "/inside?after")');
  await new Promise((resolve) => setTimeout(resolve, 1000));
  check('forged messages in the page', true, await page.value(`${text('site-status')} === 'Port 8000 of the container.' && !document.getElementById('path').value.includes('forged')`));
  check('the page after all this', '/inside?after', await page.inFrame('renamed', 'location.pathname + location.search'));
  check('what the page has told it', 'undefined', await page.inFrame('renamed', 'String(window.told)'));
  await page.inFrame('renamed', `void (location = ${JSON.stringify(`${gateway}/dashboard/`)})`);
  await new Promise((resolve) => setTimeout(resolve, 1000));
  check('the gateway in its frame', false, await page.inFrame('renamed', 'document.body.innerText.includes("oci2wasm")').catch(() => false));

  say('nothing else from inside the container');
  await page.value("document.querySelector('.xterm-helper-textarea').focus()");
  await page.type(`guest_site connect 10.0.2.2 ${server.address().port}; guest_site connect 192.0.2.1 80`);
  await page.press('Enter');
  await page.until('both refusals', `(${screen}.match(/^connecting: (?!connected)\\w.*$/gm) ?? []).length === 2`);
  check('connections of the container', '', heard.join());

  say('narrow');
  await page.size(390, 800);
  check('nothing sticks out', true, await page.value('document.documentElement.scrollWidth <= 390'));
  await picture('site-narrow');
  await page.size(1280, 900);

  say('without a network');
  await page.value("document.getElementById('stop').click(); document.getElementById('web').checked = false");
  await page.value("document.getElementById('start').click()");
  await page.until('a prompt', `/[#$] *$/m.test(${screen})`);
  await page.value("document.querySelector('.xterm-helper-textarea').focus()");
  await page.type('echo has $(ls /sys/class/net)');
  await page.press('Enter');
  await page.until('its interfaces', `/^has \\w/m.test(${screen})`);
  check('interfaces', false, (await page.value(`${screen}.match(/^has .*$/m)[0]`)).includes('eth0'));
  check('a frame', true, await page.value("document.getElementById('site').hidden"));
  await page.value("document.getElementById('stop').click()");
  server.close();
  // They are about what the frame was refused.
  page.complaints.length = complained;
}
