// What .ci/first_steps.sh opens in the end.
import { check, end } from './checks.mjs';
import { open } from './devtools.mjs';
import { PROMPT, SCREEN } from './terminal.mjs';

const PATIENCE = 120_000;

const page = await open('about:blank');
try {
  await page.go(process.env.PAGE);
  await page.until('a prompt', PROMPT, PATIENCE);
  await page.value("document.querySelector('.xterm-helper-textarea').focus()");
  await page.type('echo $((6 * 7)) on $(uname -s)');
  await page.press('Enter');
  await page.until('the answer', `/^42 on Linux$/m.test(${SCREEN})`, PATIENCE);
  check('the page has its image as its title', true, /app/.test(await page.value("document.getElementById('title').textContent")));
  end();
} finally {
  page.close();
}
