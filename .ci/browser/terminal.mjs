// What a page says of the terminal in it, as expressions for DevTools.

/** The lines of its screen. */
export const SCREEN = "[...document.querySelectorAll('.xterm-rows > div')].map(line => line.innerText.trimEnd()).join('\\n')";

/** Whether a shell waits for a command. */
export const PROMPT = `/[#$] *$/m.test(${SCREEN})`;
