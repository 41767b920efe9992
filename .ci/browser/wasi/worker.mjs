// The worker that a bundle runs in: it blocks from the bundle's start to its end.
import { Outputs } from './outputs.mjs';
import { Pipe } from './pipe.mjs';
import { run } from './preview1.mjs';

onmessage = async ({ data: { url, words, stdin, outputs } }) => {
  try {
    const module = await WebAssembly.compileStreaming(fetch(url));
    postMessage({ exitCode: run(module, words, new Pipe(stdin), new Outputs(outputs)) });
  } catch (error) {
    postMessage({ failure: String(error?.stack ?? error) });
  }
};
