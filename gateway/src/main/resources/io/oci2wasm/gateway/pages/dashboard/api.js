// Calls of the gateway's API. The token lives in this tab's sessionStorage and travels in a header only.
const KEY = 'oci2wasm.token';

/** An answer that is no success; `message` is the problem's detail. */
export class ApiError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** The header that shows the token, if there is one. */
function authorization() {
  const token = sessionStorage.getItem(KEY);
  return token ? { Authorization: `Bearer ${token}` } : {};
}

let asking;

/** Asks for the token in `dialog#token-dialog`, once for all calls that need it; they go on when it is entered. */
function askForToken(refused) {
  asking ??= new Promise((resolve) => {
    const dialog = document.getElementById('token-dialog');
    const input = dialog.querySelector('input');
    dialog.querySelector('[role=alert]').textContent = refused ? 'That token was refused.' : '';
    input.value = '';
    const entered = (event) => {
      event.preventDefault();
      if (input.value.trim() === '') return;
      sessionStorage.setItem(KEY, input.value.trim());
      dialog.removeEventListener('submit', entered);
      dialog.close();
      asking = undefined;
      resolve();
    };
    dialog.addEventListener('submit', entered);
    // Without the token there is nothing to see: Escape leads nowhere.
    dialog.addEventListener('cancel', (event) => event.preventDefault());
    dialog.showModal();
  });
  return asking;
}

/** Like fetch, with the token; asks for it when the API wants another. */
export async function call(path, options = {}) {
  for (;;) {
    const sent = authorization();
    const response = await fetch(path, { ...options, headers: { ...options.headers, ...sent }, cache: 'no-store' });
    if (response.status !== 401) return response;
    // Another call may have asked meanwhile.
    if (authorization().Authorization === sent.Authorization) await askForToken(sent.Authorization !== undefined);
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
