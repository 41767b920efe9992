// A page of Chromium as a person has it: looks, keys, screenshots. chromedevtools.github.io/devtools-protocol, over pipes:
// JSON messages, each ended by a NUL byte.
import { writeFile } from 'node:fs/promises';
import { show } from './chromium.mjs';

const PATIENCE = 60_000;
const KEYS = {
  Tab: { code: 'Tab', keyCode: 9 },
  Enter: { code: 'Enter', keyCode: 13, text: '\r' },
  Escape: { code: 'Escape', keyCode: 27 },
  Space: { key: ' ', code: 'Space', keyCode: 32, text: ' ' },
};

class Connection {
  #browser;
  #calls = new Map();
  #last = 0;

  constructor(browser, told) {
    this.#browser = browser;
    let rest = '';
    browser.answers.setEncoding('utf8').on('data', (text) => {
      const messages = (rest + text).split('\0');
      rest = messages.pop();
      messages.map((message) => JSON.parse(message)).forEach((message) => this.#receive(message, told));
    });
  }

  #receive({ id, result, error, method, params, sessionId }, told) {
    if (id === undefined) {
      told(method, params, sessionId);
      return;
    }
    const { resolve, reject, name } = this.#calls.get(id);
    this.#calls.delete(id);
    if (error) reject(new Error(`${name}: ${error.message}`));
    else resolve(result);
  }

  send(method, params = {}, sessionId = undefined) {
    const id = ++this.#last;
    this.#browser.commands.write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    return new Promise((resolve, reject) => this.#calls.set(id, { resolve, reject, name: method }));
  }
}

/** Opens `url` in a browser of its own. */
export async function open(url) {
  const browser = await show('about:blank');
  const page = new Page(browser);
  await page.attach();
  await page.go(url);
  return page;
}

export class Page {
  /** What the page complained about: uncaught errors, console errors, violations of its policy. */
  complaints = [];
  #browser;
  #connection;
  #session;
  /** Where scripts of frames run. */
  #contexts = [];

  constructor(browser) {
    this.#browser = browser;
    this.#connection = new Connection(browser, (...told) => this.#told(...told));
  }

  async attach() {
    const { targetInfos } = await this.#connection.send('Target.getTargets');
    const { targetId } = targetInfos.find((target) => target.type === 'page');
    this.#session = (await this.#connection.send('Target.attachToTarget', { targetId, flatten: true })).sessionId;
    for (const domain of ['Page', 'Runtime', 'Log']) await this.send(`${domain}.enable`);
    await this.size(1280, 900);
  }

  #told(method, params, session) {
    if (method === 'Target.attachedToTarget') this.#connection.send('Runtime.enable', {}, params.sessionId).catch(() => {}); // it may have gone
    if (method === 'Target.detachedFromTarget') this.#contexts = this.#contexts.filter((one) => one.session !== params.sessionId);
    if (method === 'Runtime.executionContextCreated' && params.context.auxData?.isDefault) this.#contexts.push({ session, contextId: params.context.id });
    if (method === 'Runtime.executionContextDestroyed') this.#contexts = this.#contexts.filter((one) => one.session !== session || one.contextId !== params.executionContextId);
    if (method === 'Runtime.executionContextsCleared') this.#contexts = this.#contexts.filter((one) => one.session !== session);
    if (session !== this.#session) return;
    if (method === 'Runtime.exceptionThrown') this.complaints.push(params.exceptionDetails.exception?.description ?? params.exceptionDetails.text);
    if (method === 'Log.entryAdded' && params.entry.level === 'error') this.complaints.push(`${params.entry.text} ${params.entry.url ?? ''}`);
    if (method === 'Runtime.consoleAPICalled' && params.type === 'error') this.complaints.push(params.args.map((one) => one.value ?? one.description).join(' '));
  }

  send(method, params) {
    return this.#connection.send(method, params, this.#session);
  }

  async go(url) {
    await this.send('Page.navigate', { url });
    await this.until('the page', 'document.readyState === "complete"');
  }

  /** The value of an expression in the page. */
  async value(expression) {
    const { result, exceptionDetails } = await this.send('Runtime.evaluate', { expression, returnByValue: true, awaitPromise: true });
    if (exceptionDetails) throw new Error(`${expression}: ${exceptionDetails.exception?.description ?? exceptionDetails.text}`);
    return result.value;
  }

  /** From now on `inFrame` finds frames that have a process of their own, too. */
  watchFrames() {
    return this.send('Target.setAutoAttach', { autoAttach: true, waitForDebuggerOnStart: false, flatten: true });
  }

  /** The value of an expression in the frame of this name, as a script of its own would have it. */
  async inFrame(name, expression) {
    const evaluate = (text, { session, contextId }) =>
      this.#connection.send('Runtime.evaluate', { expression: text, contextId, returnByValue: true, awaitPromise: true, userGesture: true }, session);
    for (const context of this.#contexts) {
      const { result } = await evaluate('window.name', context).catch(() => ({ result: {} }));
      if (result.value !== name) continue;
      const { result: found, exceptionDetails } = await evaluate(expression, context);
      if (exceptionDetails) throw new Error(`${expression}: ${exceptionDetails.exception?.description ?? exceptionDetails.text}`);
      return found.value;
    }
    throw new Error(`there is no frame ${name}`);
  }

  /** Waits until an expression is true, and returns it; `look` says where. */
  async until(what, expression, patience = PATIENCE, look = (text) => this.value(text)) {
    const deadline = Date.now() + patience;
    for (;;) {
      const value = await look(expression).catch(() => undefined); // the page may just be loading
      if (value) return value;
      if (Date.now() > deadline) {
        const text = await this.value('document.body.innerText');
        throw new Error(`waited in vain for ${what}: ${expression}\ncomplaints: ${this.complaints.join('\n')}\nthe page: ${text}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  async press(name, { shift = false } = {}) {
    const { key = name, code, keyCode, text } = KEYS[name];
    const event = { key, code, windowsVirtualKeyCode: keyCode, text, modifiers: shift ? 8 : 0 };
    await this.send('Input.dispatchKeyEvent', { type: text ? 'keyDown' : 'rawKeyDown', ...event });
    await this.send('Input.dispatchKeyEvent', { type: 'keyUp', ...event });
  }

  async type(text) {
    for (const character of text) {
      await this.send('Input.dispatchKeyEvent', { type: 'keyDown', key: character, text: character });
      await this.send('Input.dispatchKeyEvent', { type: 'keyUp', key: character });
    }
  }

  /** Presses Tab until the element that is focused fulfils a condition on `it`. */
  async tabTo(what, condition) {
    for (let i = 0; i < 120; i++) {
      await this.press('Tab');
      if (await this.value(`(it => ${condition})(document.activeElement)`)) return;
    }
    throw new Error(`Tab does not reach ${what}: ${condition}`);
  }

  size(width, height) {
    return this.send('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: false });
  }

  /** Like a system that is set to `light` or `dark`. */
  scheme(value) {
    return this.send('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value }] });
  }

  async screenshot(file) {
    const { data } = await this.send('Page.captureScreenshot', { format: 'png' });
    await writeFile(file, Buffer.from(data, 'base64'));
  }

  close() {
    return this.#browser.close();
  }
}
