// Runs a bundle in node: node --no-warnings docs/run.mjs [--dir HOST:GUEST]… BUNDLE [OPTION…] [--] [COMMAND ARG…]
// Words after BUNDLE are the bundle's own (docs/FORMATS.md, "Host contract"); --dir maps a host directory into it.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { WASI } from 'node:wasi';

const words = process.argv.slice(2);
// -p, --network, --allow and the like: this process owns the sockets, and another one runs the bundle.
if (words.some((word) => /^-/.test(word))) {
  const { run, takeOptions } = await import('./net.mjs');
  const options = takeOptions(words);
  if (options) process.exit(await run(process.argv[1], options));
}
const preopens = {};
while (words[0] === '--dir') {
  let [, host, guest] = /^(.+):(\/.*)$/s.exec(words[1] ?? '') ?? [];
  const [, oldGuest, oldHost] = /^(\/[^=]*)=(.+)$/s.exec(words[1] ?? '') ?? [];
  if (oldHost && !existsSync(host ?? words[1])) {
    [host, guest] = [oldHost, oldGuest];
    console.error(`run.mjs: --dir ${words[1]}: write --dir ${host}:${guest}; the next release takes nothing else`);
  }
  if (!host) {
    console.error(`run.mjs: --dir: found "${words[1] ?? ''}", expected HOST:GUEST, for example --dir ./data:/data`);
    process.exit(2);
  }
  preopens[guest] = host;
  words.splice(0, 2);
}
if (words.length === 0) {
  console.error('usage: node --no-warnings run.mjs [--dir HOST:GUEST]... BUNDLE [OPTION...] [--] [COMMAND ARG...]');
  process.exit(2);
}

// The guest gets no variable of this process: give it some with --env NAME=VALUE.
const wasi = new WASI({ version: 'preview1', args: words, env: {}, preopens, returnOnExit: true });
const imports = wasi.getImportObject();
// node 20 calls its own WASI functions from wasm by a short way on which V8's garbage collector can crash; through
// closures it takes the long one.
const calls = imports.wasi_snapshot_preview1;
for (const [name, call] of Object.entries(calls)) calls[name] = (...values) => call(...values);
const { instance } = await WebAssembly.instantiate(await readFile(words[0]), imports);
process.exitCode = wasi.start(instance);
