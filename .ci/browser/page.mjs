// Runs one bundle between the streams that host.mjs serves.
import { start } from './wasi/bundle.mjs';

async function post(path, body) {
  return (await fetch(path, { method: 'POST', body })).ok;
}

async function feed(stdin) {
  const reader = (await fetch('stdin')).body.getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) await stdin.write(part.value);
  stdin.end();
}

try {
  const words = await (await fetch('words')).json();
  const module = await WebAssembly.compileStreaming(fetch('bundle.wasm'));
  const { stdin, exitCode } = start({ module, words, take: (stream, bytes) => post(`output/${stream}`, bytes) });
  feed(stdin).catch(() => stdin.end());
  await post('exit', String(await exitCode));
} catch (error) {
  await post('failure', String(error?.stack ?? error));
}
