// Standard output and error from a worker that blocks to its page: messages, in the order of writing, and shared
// memory that tells the worker how far behind the page is and which streams have lost their reader.

const UNTAKEN = 0; // bytes sent and not taken by the page; then a flag for each stream that is closed
const WORDS = 3;
const UNTAKEN_MAX = 1 << 20;

// Worker's side. `channel` tells the page which reader is meant.
export class Outputs {
  #state;
  #channel;

  constructor(buffer, channel) {
    this.#state = new Int32Array(buffer);
    this.#channel = channel;
  }

  // False when nobody reads the stream any more. Waits while the page has too much to do.
  write(stream, bytes) {
    if (Atomics.load(this.#state, stream) === 1) return false;
    for (let untaken = this.#untaken(); untaken > UNTAKEN_MAX; untaken = this.#untaken()) {
      Atomics.wait(this.#state, UNTAKEN, untaken);
    }
    Atomics.add(this.#state, UNTAKEN, bytes.length);
    postMessage({ channel: this.#channel, stream, bytes }, [bytes.buffer]);
    return true;
  }

  #untaken() {
    return Atomics.load(this.#state, UNTAKEN);
  }
}

// Page's side: hands what arrives to `take(stream, bytes)`, one call at a time; it may answer false, or a promise
// of it, when nobody reads the stream any more.
export class OutputReader {
  #state = new Int32Array(new SharedArrayBuffer(4 * WORDS));
  #take;
  #waiting = [];
  #draining = Promise.resolve();

  constructor(take) {
    this.#take = take;
  }

  get buffer() {
    return this.#state.buffer;
  }

  receive(message) {
    this.#waiting.push(message);
    this.#draining = this.#draining.then(() => this.#drain());
  }

  // Resolves when all that was received has been taken.
  drained() {
    return this.#draining;
  }

  async #drain() {
    while (this.#waiting.length > 0) {
      const { stream } = this.#waiting[0];
      const other = this.#waiting.findIndex((message) => message.stream !== stream);
      const parts = this.#waiting.splice(0, other < 0 ? this.#waiting.length : other);
      const bytes = new Uint8Array(await new Blob(parts.map((part) => part.bytes)).arrayBuffer());
      if ((await this.#take(stream, bytes)) === false) Atomics.store(this.#state, stream, 1);
      Atomics.sub(this.#state, UNTAKEN, bytes.length);
      Atomics.notify(this.#state, UNTAKEN);
    }
  }
}

// Page's side of what is taken at once.
export class ImmediateReader {
  #state = new Int32Array(new SharedArrayBuffer(4 * WORDS));
  #take;

  constructor(take) {
    this.#take = take;
  }

  get buffer() {
    return this.#state.buffer;
  }

  receive({ bytes }) {
    const { length } = bytes; // before it may move on
    this.#take(bytes);
    Atomics.sub(this.#state, UNTAKEN, length);
    Atomics.notify(this.#state, UNTAKEN);
  }
}
