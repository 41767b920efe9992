// A headless Chromium with a profile of its own.
import { spawn } from 'node:child_process';
import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const OPTIONS = [
  '--headless',
  '--no-sandbox', // root has no other way
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--disable-quic',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  // Chromium ends when these pipes close, so it cannot outlive this process.
  '--remote-debugging-pipe',
];

// Shows `page`. `ended` is kept with the end of its log if the browser ends by itself; `close` ends it; `commands` and
// `answers` are the two pipes of its DevTools protocol.
export async function show(page) {
  const profile = await mkdtemp(join(tmpdir(), 'oci2wasm-browser.'));
  const log = await open(join(profile, 'log'), 'w');
  const browser = spawn('chromium', [...OPTIONS, `--user-data-dir=${profile}`, page], {
    stdio: ['ignore', log.fd, log.fd, 'pipe', 'pipe'],
  });
  await log.close();
  const gone = new Promise((resolve) => {
    browser.on('error', (error) => resolve(error.message));
    browser.on('exit', (code, signal) => resolve(`it ended with ${code ?? signal}`));
  });
  const ended = gone.then(async (how) => `${how}\n${(await readFile(join(profile, 'log'), 'utf8')).slice(-2000)}`);
  const close = async () => {
    browser.kill();
    await gone;
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  };
  return { ended, close, commands: browser.stdio[3], answers: browser.stdio[4] };
}
