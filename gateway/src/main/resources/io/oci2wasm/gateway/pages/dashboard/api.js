// Calls of the gateway's API. The browser keeps the user's token in a cookie that no script can read.
const SESSION = '/api/v1/session';
/** Where the user was who signs in somewhere else. */
const VIEW = 'oci2wasm.view';
const ROLES = ['viewer', 'operator', 'admin'];

/** An answer that is no success; `message` is the problem's detail. */
export class ApiError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

let asking;
let signedIn = 0;
let user;
let role = 'viewer';

/** Whether the user may do what needs this role; known once `identify` has answered. */
export function may(needed) {
  return ROLES.indexOf(role) >= ROLES.indexOf(needed);
}

/** Shows what the gateway offers for signing in. */
async function offerWays(dialog) {
  const { token, signOn } = await json(await fetch(`${SESSION}/ways`, { cache: 'no-store' }));
  dialog.querySelector('form').hidden = !token;
  const link = dialog.querySelector('#sign-on a');
  link.parentElement.hidden = !signOn;
  link.textContent = `Sign in with ${signOn}`;
  link.onclick = () => sessionStorage.setItem(VIEW, location.hash);
}

/** The view of a user who comes back from signing in, the first time it is asked for. */
export function viewBefore() {
  const view = sessionStorage.getItem(VIEW);
  sessionStorage.removeItem(VIEW);
  return view;
}

/** Asks for a token in `dialog#token-dialog`, once for all calls that need one; they go on when the gateway knows it. */
function askForToken() {
  asking ??= new Promise((resolve) => {
    const dialog = document.getElementById('token-dialog');
    const input = dialog.querySelector('input');
    const refusal = dialog.querySelector('[role=alert]');
    refusal.textContent = '';
    input.value = '';
    const entered = async (event) => {
      event.preventDefault();
      const token = input.value.trim();
      if (token === '') return;
      const problem = await signIn(token);
      refusal.textContent = problem;
      if (problem !== '') {
        input.value = '';
        input.focus();
        return;
      }
      dialog.removeEventListener('submit', entered);
      dialog.close();
      asking = undefined;
      resolve();
    };
    dialog.addEventListener('submit', entered);
    // Without the token there is nothing to see: Escape leads nowhere.
    dialog.addEventListener('cancel', (event) => event.preventDefault());
    // Without an answer the token can still be typed.
    offerWays(dialog).catch(() => {});
    dialog.showModal();
  });
  return asking;
}

/** What is wrong with the token, or nothing: then the browser has it in its cookie. */
async function signIn(token) {
  try {
    const response = await fetch(SESSION, { method: 'POST', body: JSON.stringify({ token }), headers: { 'Content-Type': 'application/json' } });
    if (response.status === 401) return 'That token was refused.';
    const session = await json(response);
    // What is shown is another user's.
    if (user !== undefined && user !== session.name) location.reload();
    signedIn++;
    return '';
  } catch (error) {
    return error.message;
  }
}

/** Who the user is: {name, role}. */
export async function identify() {
  const session = await get(SESSION);
  user = session.name;
  role = session.role;
  return session;
}

export async function signOut() {
  await call(SESSION, { method: 'DELETE' });
}

/** Like fetch; asks for the token when the API wants another. */
export async function call(path, options = {}) {
  for (;;) {
    const before = signedIn;
    const response = await fetch(path, { ...options, cache: 'no-store' }).catch(() => {
      throw new ApiError(0, 'The gateway does not answer.');
    });
    if (response.status !== 401) return response;
    // Another call may have asked meanwhile.
    if (signedIn === before) await askForToken();
  }
}

async function json(response) {
  if (response.ok) return response.json();
  const text = await response.text();
  let detail = text;
  try {
    detail = JSON.parse(text).detail ?? text;
  } catch {
    // Not from the gateway, but a proxy before it.
  }
  throw new ApiError(response.status, detail || `HTTP ${response.status}`);
}

/** The JSON at `path`; parameters that are undefined or empty are left out. */
export async function get(path, parameters = {}) {
  const query = new URLSearchParams(Object.entries(parameters).filter(([, value]) => value !== undefined && value !== ''));
  return json(await call(query.size > 0 ? `${path}?${query}` : path));
}

export async function post(path, body) {
  const options = body === undefined ? {} : { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } };
  return json(await call(path, { method: 'POST', ...options }));
}
