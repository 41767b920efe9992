// What the page asks for: its files, the bundle, split or not, this process' standard input; and what it tells: output, exit code.
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { basename, dirname, extname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';

const FILES = fileURLToPath(new URL('.', import.meta.url));
// What runs a bundle in a page is the gateway's, of its Run page.
const RUN = join(FILES, '../../gateway/src/main/resources/io/oci2wasm/gateway/pages/run');
const SHARED = /^\/(wasi|vendor)\//;
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.mjs': 'text/javascript' };
// Shared memory wants an isolated page: html.spec.whatwg.org, "cross-origin opener policy" and "embedder policy".
const ISOLATED = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };

const TAG = '"the bundle of this run"';

async function body(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts);
}

// False when the stream's reader has gone.
function print(stream, bytes) {
  return new Promise((resolve) => stream.write(bytes, (error) => resolve(!error)));
}

/** A split bundle's data file, beside its module: one range of it. */
async function answerRange(file, request, response) {
  const { size } = await stat(file);
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range).map(Number);
  response.writeHead(206, { ETag: TAG, 'Content-Range': `bytes ${first}-${last}/${size}`, 'Content-Length': last - first + 1 });
  await pipeline(createReadStream(file, { start: first, end: last }), response);
}

async function answer(request, response, { bundle, words, end }) {
  const route = `${request.method} ${request.url}`;
  if (route === 'GET /words') {
    response.end(JSON.stringify(words));
  } else if (route === 'GET /bundle.wasm') {
    response.setHeader('Content-Type', 'application/wasm');
    response.setHeader('ETag', TAG);
    await pipeline(createReadStream(bundle), response);
  } else if (request.url.startsWith('/data/')) {
    await answerRange(join(dirname(bundle), basename(request.url)), request, response);
  } else if (route === 'GET /stdin') {
    response.flushHeaders();
    await pipeline(process.stdin, response);
  } else if (route === 'POST /output/1' || route === 'POST /output/2') {
    const stream = route.endsWith('1') ? process.stdout : process.stderr;
    response.writeHead((await print(stream, await body(request))) ? 204 : 410).end();
  } else if (route === 'POST /exit' || route === 'POST /failure') {
    const text = String(await body(request));
    response.end();
    end(route === 'POST /exit' ? { code: Number(text) } : { failure: text });
  } else {
    const path = join(SHARED.test(request.url) ? RUN : FILES, request.url);
    response.setHeader('Content-Type', TYPES[extname(path)] ?? 'application/octet-stream');
    response.end(await readFile(path));
  }
}

// Serves one run on a free loopback port. `ended` is kept with {code} or {failure}.
export async function serve(run) {
  let end;
  const ended = new Promise((resolve) => (end = resolve));
  const server = createServer((request, response) => {
    for (const [name, value] of Object.entries(ISOLATED)) response.setHeader(name, value);
    answer(request, response, { ...run, end }).catch((error) => {
      if (!response.headersSent) response.writeHead(404);
      response.end(String(error));
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { page: `http://127.0.0.1:${server.address().port}/page.html`, ended };
}
