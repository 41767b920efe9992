// What .ci/run_page.sh checks, and without LARGE only the first part: bytes until the first output. The page talks to the gateway through a proxy that counts bytes and does harm.
import { createServer, request as ask } from 'node:http';
import { check, end, pass, say } from './checks.mjs';
import { open } from './devtools.mjs';
import { PROMPT, SCREEN } from './terminal.mjs';

const { GATEWAY, CONVERSION, LARGE, LATER, LAST } = process.env;
const MOST_BYTES = 20_000_000;
const STATUS = "document.getElementById('status').textContent";
const PATIENCE = 300_000;

function checkLess(what, limit, found) {
  if (found >= limit) throw new Error(`${what}: expected less than ${limit}, found ${found}`);
  pass(what, `${found} of less than ${Math.floor(limit)}`);
}

/** Between the page and the gateway. */
const proxy = {
  /** Whether nobody answers. */
  away: false,
  /** Whether the gateway has another bundle by now. */
  replaced: false,
  log: [],
  sockets: new Set(),

  async listen() {
    const server = createServer((request, response) => this.pass(request, response));
    server.on('connection', (socket) => {
      this.sockets.add(socket.on('close', () => this.sockets.delete(socket)).on('error', () => {}));
      if (this.away) socket.destroy();
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    this.port = server.address().port;
    this.url = `http://127.0.0.1:${this.port}`;
  },

  pass(request, response) {
    if (this.replaced) request.url = request.url.replace(/recipe=.*/, 'recipe=another');
    const entry = { path: new URL(request.url, GATEWAY).pathname, range: request.headers.range, bytes: 0 };
    this.log.push(entry);
    const onward = ask(`${GATEWAY}${request.url}`, { method: request.method, headers: request.headers }, (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      answer.on('data', (part) => (entry.bytes += part.length)).on('error', () => response.destroy()).pipe(response);
    });
    onward.on('error', () => response.destroy());
    response.on('close', () => onward.destroy());
    request.pipe(onward);
  },

  goAway() {
    this.away = true;
    this.sockets.forEach((socket) => socket.destroy());
  },

  /** What was sent of paths that end like this since the log had `from` lines. */
  bytes(end = '', from = 0) {
    return this.log.slice(from).filter(({ path }) => path.endsWith(end)).reduce((sum, { bytes }) => sum + bytes, 0);
  },
};

await proxy.listen();
const size = async (part) => Number((await fetch(`${GATEWAY}/api/v1/bundles/${CONVERSION}${part}`, { method: 'HEAD' })).headers.get('content-length'));
const image = await size('/data');
let page = await open('about:blank');

/** What the screen says, whatever the width of its lines. */
async function said(pattern) {
  return pattern.test((await page.value(SCREEN)).replaceAll('\n', ''));
}

/** Types a command and waits for what a line of the screen must be like. */
async function enter(command, line) {
  await page.value("document.querySelector('.xterm-helper-textarea').focus()");
  await page.type(`clear; ${command}`);
  await page.press('Enter');
  await page.until(`the end of ${command}`, `${line}.test(${SCREEN})`, PATIENCE);
}

async function digest(file) {
  await enter(`sha256sum < /noise/${file}`, '/^[0-9a-f]{64}/m');
  return page.value(`${SCREEN}.match(/^[0-9a-f]{64}/m)[0]`);
}

try {
  say('the first output');
  const address = `${proxy.url}/run/?conversion=${CONVERSION}&image=ci/noise:1`;
  await page.go(address);
  await page.until('a prompt', PROMPT, PATIENCE);
  const first = proxy.bytes();
  console.log(`the page ${first - proxy.bytes('/split') - proxy.bytes('/data')} bytes, the module ${proxy.bytes('/split')}, data ${proxy.bytes('/data')} of ${image} in ${proxy.log.filter(({ path }) => path.endsWith('/data')).length} requests`);
  checkLess('bytes until the first output', MOST_BYTES, first);
  const whole = await size('');
  console.log(`until the first output ${first} bytes in ${proxy.log.length} requests, ${(first / whole).toFixed(3)} of the whole bundle`);
  checkLess('bytes until the first output, against a third of the whole', whole / 3, first);
  if (!LARGE) {
    await page.close();
    end();
    process.exit(0);
  }

  say('the last file');
  check('its digest', LAST, await digest('z-last'));
  checkLess('bytes until then', MOST_BYTES, proxy.bytes());

  say('a gateway that goes away while a file is read');
  const begun = proxy.bytes();
  await page.value("document.querySelector('.xterm-helper-textarea').focus()");
  await page.type('clear; sha256sum /noise/a-large; echo ended with $?');
  await page.press('Enter');
  while (proxy.bytes() < begun + 20_000_000) await new Promise((resolve) => setTimeout(resolve, 20));
  proxy.goAway();
  await page.until('an error', `/^ended with [1-9]/m.test(${SCREEN})`, PATIENCE);
  check('an I/O error', true, await said(/a-large.*(I\/O|Input\/output) error/));
  check('a digest', false, await said(/[0-9a-f]{64}/));
  // Which of the two depends on what is read next: the browser's cache may still have it.
  check('the line tells of errors', true, /^(The container gets I\/O errors|Running\. What could not be read stays so until you start it again): /.test(await page.value(STATUS)));
  check('and why', true, (await page.value(STATUS)).endsWith(': the gateway does not answer, or breaks off.'));

  say('the gateway is back');
  proxy.away = false;
  check('the digest of another file', LATER, await digest('b-later'));
  check('the line', 'Running. What could not be read stays so until you start it again: the gateway does not answer, or breaks off.', await page.value(STATUS));

  say('another start in this browser');
  const from = proxy.log.length;
  await page.go('about:blank');
  await page.go(address);
  await page.until('a prompt', PROMPT, PATIENCE);
  console.log(`the module ${proxy.bytes('/split', from)} bytes, data ${proxy.bytes('/data', from)}`);
  check('data that is fetched again', 0, proxy.bytes('/data', from));
  check('the digest of the large file', LARGE, await digest('a-large'));
  console.log(`data ${proxy.bytes('/data', from)} bytes in ${proxy.log.slice(from).length} requests`);

  say('a bundle that is replaced');
  // In another browser: the first one has parts of the file.
  await page.close();
  page = await open(address);
  await page.until('a prompt', PROMPT, PATIENCE);
  proxy.replaced = true;
  await enter('cat /noise/c-unread > /dev/null; echo ended with $?', '/^ended with \\d/m');
  check('an I/O error', true, await said(/(I\/O|Input\/output) error/));
  check('the line', 'The container gets I/O errors: the store no longer has this bundle as it was.', await page.value(STATUS));
  end();
} finally {
  await page.close();
}
process.exit(0);
