// The WASI shim, from npm, kept in the user's cache folder.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

const NAME = '@bjorn3/browser_wasi_shim';
const VERSION = '0.4.2';

// The folder with the shim's index.js.
export async function install() {
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'oci2wasm');
  const installed = join(cache, `browser-wasi-shim-${VERSION}`);
  if (!existsSync(installed)) {
    await mkdir(cache, { recursive: true });
    const scratch = await mkdtemp(`${installed}.`);
    const options = ['--no-save', '--no-package-lock', '--no-audit', '--no-fund', '--ignore-scripts'];
    const npm = spawnSync('npm', ['install', '--prefix', scratch, ...options, `${NAME}@${VERSION}`], { encoding: 'utf8' });
    if (npm.status !== 0) {
      await rm(scratch, { recursive: true });
      throw new Error(`npm install ${NAME}@${VERSION}: ${npm.error ?? npm.stderr}`);
    }
    // Two runs may install at once: the second finds the place taken, by the same files.
    await rename(scratch, installed).catch(() => rm(scratch, { recursive: true }));
  }
  return join(installed, 'node_modules', NAME, 'dist');
}
