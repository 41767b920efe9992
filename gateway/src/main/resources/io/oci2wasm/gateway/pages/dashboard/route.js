// Where the page is: `#/view?filters`. What is looked at is in the address, so that it can be shared and Back leads back.

/** The view and its parameters as the address has them. */
export function route() {
  const [path, query] = location.hash.replace(/^#\/?/, '').split('?');
  return [path, new URLSearchParams(query)];
}

/** The address of a view; parameters that are undefined or empty are left out. */
export function link(view, parameters = {}) {
  const query = new URLSearchParams(Object.entries(parameters).filter(([, value]) => value !== undefined && value !== ''));
  return query.size > 0 ? `#/${view}?${query}` : `#/${view}`;
}

/** Where one repository is shown, or one tag of it. */
export function imageLink({ registry, repository, tag, digest }, more = {}) {
  return link('image', { registry, repository, tag, digest: tag ? undefined : digest, ...more });
}

/** Goes there without building the page anew: who calls shows what has changed. */
export function go(address, replace) {
  window.history[replace ? 'replaceState' : 'pushState'](null, '', address);
}
