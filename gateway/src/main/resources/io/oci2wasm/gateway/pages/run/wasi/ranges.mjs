// A file of which only what is read is fetched. In a worker only: it waits for the answers.
const BLOCK_BYTES = 1 << 18;
// Of what is read in a row, so many blocks are fetched at once.
const RUN_MAX = 16;
const BLOCKS_MAX = 256; // 64 MiB
const PATIENCE = 30_000;
// Before each further attempt, in milliseconds.
const PAUSES = [250, 1000, 2500];

const REPLACED = 'the store no longer has this bundle as it was';

function pause(milliseconds) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

/** Why bytes cannot be had, for the user. */
class Refusal extends Error {
  /** Whether asking again can help. */
  passing;

  constructor(message, passing) {
    super(message);
    this.passing = passing;
  }
}

function refusalOf(status) {
  if (status === 200) return new Refusal('the gateway, or a proxy before it, does not answer ranges', false);
  if (status === 401 || status === 403) return new Refusal('you are not signed in any more', false);
  if (status === 404) return new Refusal(REPLACED, false);
  return new Refusal(`the gateway answers with HTTP ${status}`, status >= 500);
}

/** A file behind a URL whose server answers ranges, each with the ETag `tag`. */
export class RangeFile {
  #source;
  #tell;
  // By number, the one that was used last at the end.
  #blocks = new Map();
  #next = -1;
  #run = 1;
  #failing = false;

  /**
   * @param {{url: string, tag: string, size: number}} source `url` has but one version: caches may mix those of one URL
   * @param {(fault: {why?: string, over: boolean}) => void} tell is told why bytes cannot be had, and when they can again
   */
  constructor(source, tell) {
    this.#source = source;
    this.#tell = tell;
  }

  get size() {
    return this.#source.size;
  }

  /** `length` bytes from `offset` on, or those up to the end; undefined if they cannot be had. */
  read(offset, length) {
    const bytes = new Uint8Array(Math.max(0, Math.min(length, this.size - offset)));
    try {
      for (let at = 0; at < bytes.length; ) {
        const number = Math.floor((offset + at) / BLOCK_BYTES);
        const part = this.#block(number).subarray(offset + at - number * BLOCK_BYTES).subarray(0, bytes.length - at);
        bytes.set(part, at);
        at += part.length;
      }
      return bytes;
    } catch (refusal) {
      // Nothing but what is needed now: what was fetched with it may be what is damaged.
      return this.#insist(offset, bytes.length, refusal);
    }
  }

  #block(number) {
    const known = this.#blocks.get(number);
    if (!known) return this.#fetch(number);
    this.#blocks.delete(number);
    this.#blocks.set(number, known);
    return known;
  }

  /** Fetches a block, and ahead of it the more the longer the file is read in a row. */
  #fetch(first) {
    this.#run = first === this.#next ? Math.min(2 * this.#run, RUN_MAX) : 1;
    let count = 1;
    while (count < this.#run && !this.#blocks.has(first + count)) count++;
    const start = first * BLOCK_BYTES;
    const bytes = this.#request(start, Math.min(count * BLOCK_BYTES, this.size - start));
    for (let i = 0; i * BLOCK_BYTES < bytes.length; i++) {
      // A copy, so that one block does not keep all of them.
      this.#blocks.set(first + i, bytes.slice(i * BLOCK_BYTES, (i + 1) * BLOCK_BYTES));
    }
    this.#next = first + count;
    for (const oldest of this.#blocks.keys()) {
      if (this.#blocks.size <= BLOCKS_MAX) break;
      this.#blocks.delete(oldest);
    }
    return this.#blocks.get(first);
  }

  #insist(offset, length, refusal) {
    let why = refusal;
    // Who has waited in vain does not wait for each further read.
    for (const wait of this.#failing ? [0] : PAUSES) {
      if (!why.passing) break;
      pause(wait);
      try {
        return this.#request(offset, length);
      } catch (error) {
        why = error;
      }
    }
    this.#failing = true;
    this.#tell({ why: why.message, over: false });
    return undefined;
  }

  #request(first, length) {
    const { url, tag, size } = this.#source;
    const last = first + length - 1;
    const request = new XMLHttpRequest();
    request.open('GET', url, false);
    request.responseType = 'arraybuffer';
    request.timeout = PATIENCE;
    request.setRequestHeader('Range', `bytes=${first}-${last}`);
    try {
      request.send();
    } catch {
      throw new Refusal('the gateway does not answer, or breaks off', true);
    }
    if (request.status !== 206) throw refusalOf(request.status);
    // With If-Range in the request, a browser would pass by what it has kept.
    if (request.getResponseHeader('ETag') !== tag) throw new Refusal(REPLACED, false);
    const range = request.getResponseHeader('Content-Range');
    if (range !== `bytes ${first}-${last}/${size}` || request.response.byteLength !== length) {
      throw new Refusal(`the answer to bytes ${first} to ${last} of ${size} has others`, true);
    }
    if (this.#failing) this.#tell({ over: true });
    this.#failing = false;
    return new Uint8Array(request.response);
  }
}
