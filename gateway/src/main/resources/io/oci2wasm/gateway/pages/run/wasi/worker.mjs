// The worker that a bundle runs in: it blocks from the bundle's start to its end.
import { Outputs } from './outputs.mjs';
import { Bell, Pipe } from './pipe.mjs';
import { run } from './preview1.mjs';

onmessage = ({ data: { module, words, bell, inputs, channels } }) => {
  try {
    const shared = new Bell(bell);
    const pipes = inputs.map((buffer) => new Pipe(shared, buffer));
    const outputs = channels.map((buffer, channel) => new Outputs(buffer, channel));
    postMessage({ exitCode: run(module, words, shared, pipes, outputs) });
  } catch (error) {
    postMessage({ failure: String(error?.stack ?? error) });
  }
};
