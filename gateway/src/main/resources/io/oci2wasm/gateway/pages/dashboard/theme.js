// Light or dark: as the system has it, until someone chooses.
const KEY = 'oci2wasm.theme';
const root = document.documentElement;
const system = matchMedia('(prefers-color-scheme: dark)');

function isDark() {
  return (root.dataset.theme ?? (system.matches ? 'dark' : 'light')) === 'dark';
}

const chosen = localStorage.getItem(KEY);
if (chosen === 'light' || chosen === 'dark') root.dataset.theme = chosen;

/** Makes `button` the switch; `changed` is called at each change, with whether it is dark. */
export function themeSwitch(button, changed = () => {}) {
  const show = () => {
    button.textContent = isDark() ? 'Light' : 'Dark';
    button.setAttribute('aria-label', isDark() ? 'Use light colours' : 'Use dark colours');
    changed(isDark());
  };
  button.addEventListener('click', () => {
    root.dataset.theme = isDark() ? 'light' : 'dark';
    localStorage.setItem(KEY, root.dataset.theme);
    show();
  });
  system.addEventListener('change', show);
  show();
}
