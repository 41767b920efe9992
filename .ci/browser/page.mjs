// Runs one bundle between the streams that host.mjs serves.
import { dataFile, start } from './wasi/bundle.mjs';

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
  const response = await fetch('bundle.wasm');
  const tag = response.headers.get('ETag');
  const module = await WebAssembly.compileStreaming(response);
  const data = { url: new URL(`data/${dataFile(module)?.file}`, location).href, tag };
  const { stdin, exitCode } = start({ module, words, data, take: (stream, bytes) => post(`output/${stream}`, bytes) });
  feed(stdin).catch(() => stdin.end());
  await post('exit', String(await exitCode));
} catch (error) {
  await post('failure', String(error?.stack ?? error));
}
