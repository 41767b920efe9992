// What TypeScript says of literals: fields that do not exist, lack, or have another type.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';

/** Errors of `lines`, written to `file`: each with its line, from 1, and a message. */
export function typeErrors(file, lines) {
  writeFileSync(file, lines.join('\n'));
  const { status, stdout, stderr } = spawnSync('npx',
    ['--no-install', 'tsc', '--noEmit', '--strict', '--skipLibCheck', '--module', 'nodenext', '--moduleResolution', 'nodenext', file],
    { encoding: 'utf8' });
  const errors = [...stdout.matchAll(/\((\d+),\d+\): (error .*)/g)].map(([, line, message]) => ({ line: Number(line), message }));
  return errors.length || status === 0 ? errors : [{ line: 1, message: `tsc ended with ${status}: ${stdout}${stderr}` }];
}
