// Runs a WASI module in node with the whole file system: node run_wasi.mjs MODULE [ARGUMENT…]; names of
// files become absolute.
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { WASI } from "node:wasi";

const [module, ...words] = process.argv.slice(2);
const args = [module, ...words.map((word) => (existsSync(word) ? resolve(word) : word))];
const wasi = new WASI({ version: "preview1", args, preopens: { "/": "/" }, returnOnExit: true });
const imports = wasi.getImportObject();
// node 20 calls its own functions from wasm in a way that garbage collection cannot look through; closures it can.
// host/wasi/host_wasi.h bundles avoid that, but not how programs that use libc's malloc.
const calls = imports.wasi_snapshot_preview1;
for (const [name, call] of Object.entries(calls)) calls[name] = (...values) => call(...values);
const { instance } = await WebAssembly.instantiate(readFileSync(module), imports);
process.exitCode = wasi.start(instance);
