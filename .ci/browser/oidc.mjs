// What .ci/oidc.sh checks. The environment says where everything is.
import { check, end } from './checks.mjs';
import { open } from './devtools.mjs';

const { GATEWAY, PROVIDER, SECRET } = process.env;

/** Opens the dashboard, goes to the provider and signs in there; every question of the provider is answered. */
async function signIn(name, view = '') {
  const page = await open(`${GATEWAY}/${view}`);
  await page.until('the way to the provider', "document.querySelector('#sign-on a')?.textContent === 'Sign in with Team login'");
  check('a form for tokens, where there are none', true, await page.value("document.querySelector('#token-dialog form').hidden"));
  await page.value("document.querySelector('#sign-on a').click()");
  await page.until("the provider's question", "document.querySelector('[name=login]') !== null");
  check("whose page asks for the password", PROVIDER, await page.value('location.origin'));
  await page.value(`document.querySelector('[name=login]').value = '${name}'; document.querySelector('[name=password]').value = 'any'; document.querySelector('form').submit()`);
  await page.until('consent', "document.querySelector('[name=login]') === null && document.querySelector('form [name=prompt]')?.value === 'consent'");
  await page.value("document.querySelector('form').submit()");
  return page;
}

async function user(name, expected) {
  const page = await signIn(name, '#/images?repository=team');
  try {
    await page.until('the user', "document.getElementById('user')?.textContent");
    check('who is signed in', expected, await page.value("document.getElementById('user').textContent"));
    check('where the user was', '#/images?repository=team', await page.value('location.hash'));
    check('what scripts see of the token', '["",0]', await page.value('JSON.stringify([document.cookie, sessionStorage.length])'));
    await page.value("document.getElementById('sign-out').click()");
    await page.until('the question after signing out', "document.getElementById('token-dialog').open");
  } finally {
    await page.close();
  }
}

async function stranger(name) {
  const page = await signIn(name);
  try {
    await page.until('the refusal', "document.body?.innerText.includes('You are not signed in')");
    check('the refusal names the user', true, await page.value(`document.body.innerText.includes('found ${name}')`));
  } finally {
    await page.close();
  }
}

async function machine() {
  const resource = `${GATEWAY}/api/`;
  const token = async (wanted) => {
    const answer = await fetch(`${PROVIDER}/token`, {
      method: 'POST',
      headers: { Authorization: `Basic ${btoa(`robot:${SECRET}`)}` },
      body: new URLSearchParams({ grant_type: 'client_credentials', resource: wanted }),
    });
    return (await answer.json()).access_token;
  };
  const call = async (path, bearer, options) => {
    const answer = await fetch(`${GATEWAY}${path}`, { ...options, headers: { Authorization: `Bearer ${bearer}` } });
    return answer.status;
  };
  const own = await token(resource);
  check("a machine's token", 200, await call('/api/v1/conversions', own));
  check('what its role does not allow', 403, await call('/api/v1/dead-letters/none/replay', own, { method: 'POST' }));
  check('a token for somebody else', 401, await call('/api/v1/conversions', await token('https://other.example/')));
}

await user('alice', 'alice, admin');
await user('bob', 'bob, viewer');
await stranger('eve');
await machine();
end();
