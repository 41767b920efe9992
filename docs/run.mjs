// Runs a bundle in node: node --no-warnings docs/run.mjs [--dir GUEST=HOST]… BUNDLE [OPTION…] [--] [COMMAND ARG…]
// Words after BUNDLE are the bundle's own (docs/FORMATS.md, "Host contract"); --dir maps a host directory into it.
import { readFile } from 'node:fs/promises';
import { WASI } from 'node:wasi';

const words = process.argv.slice(2);
const preopens = {};
while (words[0] === '--dir') {
  const [guest, host] = (words[1] ?? '').split(/=(.*)/s);
  if (!host) {
    console.error('run.mjs: --dir: expected GUEST=HOST, for example --dir /data=./data');
    process.exit(2);
  }
  preopens[guest] = host;
  words.splice(0, 2);
}
if (words.length === 0) {
  console.error('usage: node --no-warnings run.mjs [--dir GUEST=HOST]... BUNDLE [OPTION...] [--] [COMMAND ARG...]');
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
