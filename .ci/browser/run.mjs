// Runs a bundle in a page of headless Chromium: node .ci/browser/run.mjs BUNDLE [OPTION…] [--] [COMMAND ARG…]
// Streams and exit code are those of docs/FORMATS.md, "Host contract"; 125 when the browser fails.
import { show } from './chromium.mjs';
import { serve } from './host.mjs';

const FAILED = 125;
const words = process.argv.slice(2);
if (words.length === 0) {
  console.error('usage: node run.mjs BUNDLE [OPTION...] [--] [COMMAND ARG...]');
  process.exit(2);
}

// A reader that went away is told to the container, which decides.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
const host = await serve({ bundle: words[0], words });
const browser = await show(host.page);
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => browser.close().then(() => process.exit(FAILED)));
const { code, failure } = await Promise.race([host.ended, browser.ended.then((text) => ({ failure: `chromium: ${text}` }))]);
await browser.close();
if (failure) console.error(`run.mjs: ${failure}`);
process.exit(failure ? FAILED : code);
