// The folder of a scratch disk (docs/FORMATS.md, "Scratch disk"), for run.mjs.
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, rmdirSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';

const SIZE = /^([0-9]{1,18})([kmgt]?)$/;
const LEAST = 128n << 20n;
const MOST = 1n << 40n;
const ROUNDS = 10;

const malformed = (word) => new Error(`--scratch: found "${word}", expected SIZE, DIR or DIR,size=SIZE, for example --scratch 8g or --scratch ./disk,size=8g`);

function check(word, size) {
  const [, digits, unit] = SIZE.exec(size) ?? [];
  if (digits === undefined) throw malformed(word);
  const bytes = BigInt(digits) << BigInt(unit ? 10 * ('kmgt'.indexOf(unit) + 1) : 0);
  if (bytes < LEAST || bytes > MOST) throw new Error(`--scratch ${word}: found the size ${size}, expected 128m to 1t`);
}

// Does the process that left this mark perhaps run? One of this machine can be looked for.
function mayRun(mark) {
  const [, pid, host] = /^([0-9]+) (.*)\n$/.exec(mark) ?? [];
  if (host !== hostname()) return mark !== '';
  try {
    process.kill(Number(pid), 0);
    return true;
  } catch ({ code }) {
    return code !== 'ESRCH';
  }
}

function unless(code, action) {
  try {
    return action();
  } catch (error) {
    if (error.code !== code) throw error;
    return undefined;
  }
}

// The file in-use says that the folder is this process's, as ScratchFolder of `oci2wasm run` has it.
function take(folder) {
  const path = join(folder, 'in-use');
  const own = `${process.pid} ${hostname()}\n`;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (let round = 1; ; round++) {
    if (unless('EEXIST', () => writeFileSync(path, own, { flag: 'wx' }) ?? true)) break;
    const other = unless('ENOENT', () => readFileSync(path, 'utf8')) ?? '';
    if (round === ROUNDS || mayRun(other)) {
      throw new Error(`--scratch ${folder}: found that process ${other.trim()} is using it (its file in-use says so), expected no other run; wait for its end, or remove that file if there is none`);
    }
    // Another process may do so, too, and have left its own mark already: that one is put back.
    const aside = `${path}.${process.pid}`;
    if (unless('ENOENT', () => renameSync(path, aside) ?? true)) {
      if (readFileSync(aside, 'utf8') === other) rmSync(aside);
      else renameSync(aside, path);
    }
  }
  process.on('exit', () => rmSync(path, { force: true }));
}

/** Opens what `word` says: SIZE, DIR or DIR,size=SIZE. */
export function openScratch(word) {
  if (SIZE.test(word)) {
    check(word, word);
    const folder = mkdtempSync(join(tmpdir(), 'oci2wasm-scratch-'));
    // The engine removes the file's name and closes the folder before the guest starts. Then the folder goes, too, as nothing
    // of this process runs when it is interrupted later.
    const follow = (calls, descriptor) => {
      const close = calls.fd_close;
      let closed = false;
      calls.fd_close = (file) => {
        const error = close(file);
        if (file === descriptor && error === 0 && !closed) {
          closed = true;
          try {
            rmdirSync(folder);
          } catch {
            process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
          }
        }
        return error;
      };
    };
    return { folder, engineWord: `--scratch=${word}`, follow };
  }
  const [, folder, size] = /^(.+?)(?:,size=([^,]*))?$/s.exec(word) ?? [];
  if (!folder) throw malformed(word);
  if (size !== undefined) check(word, size);
  take(folder);
  return { folder, engineWord: size === undefined ? '--scratch=keep' : `--scratch=keep=${size}`, follow: () => {} };
}
