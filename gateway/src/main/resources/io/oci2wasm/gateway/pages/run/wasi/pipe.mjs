// Bytes from a page to a worker that blocks: a ring in shared memory. The page writes and never blocks; the worker
// waits without using the CPU. Pages get shared memory only when cross-origin isolated (the COOP and COEP headers).

// Positions count bytes since the start and wrap at 2^32, which the capacity divides.
const WRITTEN = 0;
const READ = 1;
const ENDED = 2;
const HEADER_BYTES = 12;
const CAPACITY = 1 << 16;

// What the worker waits on for all its pipes: bumped by every write and every end.
export class Bell {
  #count;

  // `buffer` is the other side's; without it a new bell begins.
  constructor(buffer = new SharedArrayBuffer(4)) {
    this.buffer = buffer;
    this.#count = new Int32Array(buffer);
  }

  ring() {
    Atomics.add(this.#count, 0, 1);
    Atomics.notify(this.#count, 0);
  }

  // Worker: waits until one of `pipes` is ready, for at most so long. True if one is.
  wait(pipes, milliseconds) {
    const deadline = performance.now() + milliseconds;
    for (;;) {
      const count = Atomics.load(this.#count, 0);
      if (pipes.some((pipe) => pipe.ready)) return true;
      const left = deadline - performance.now();
      if (left <= 0) return false;
      Atomics.wait(this.#count, 0, count, left);
    }
  }
}

export class Pipe {
  #bell;
  #header;
  #ring;

  // `buffer` is the other side's; without it a new pipe begins.
  constructor(bell, buffer = new SharedArrayBuffer(HEADER_BYTES + CAPACITY)) {
    this.#bell = bell;
    this.buffer = buffer;
    this.#header = new Int32Array(buffer, 0, HEADER_BYTES / 4);
    this.#ring = new Uint8Array(buffer, HEADER_BYTES, CAPACITY);
  }

  get length() {
    return (Atomics.load(this.#header, WRITTEN) - Atomics.load(this.#header, READ)) >>> 0;
  }

  get ended() {
    return Atomics.load(this.#header, ENDED) === 1;
  }

  // Whether reading would not wait.
  get ready() {
    return this.length > 0 || this.ended;
  }

  // Page: resolves when all bytes are in the ring.
  async write(bytes) {
    while (bytes.length > 0) {
      const read = Atomics.load(this.#header, READ);
      const part = bytes.subarray(0, CAPACITY - this.length);
      if (part.length === 0) {
        await Atomics.waitAsync(this.#header, READ, read).value;
        continue;
      }
      const written = Atomics.load(this.#header, WRITTEN);
      const at = (written >>> 0) % CAPACITY;
      const first = part.subarray(0, CAPACITY - at);
      this.#ring.set(first, at);
      this.#ring.set(part.subarray(first.length), 0);
      Atomics.add(this.#header, WRITTEN, part.length);
      this.#bell.ring();
      bytes = bytes.subarray(part.length);
    }
  }

  // Page: the reader meets the end after what was written.
  end() {
    Atomics.store(this.#header, ENDED, 1);
    this.#bell.ring();
  }

  // Worker: what is there, at most `limit` bytes; waits until there is something, or the end.
  read(limit) {
    this.#bell.wait([this], Infinity);
    const count = Math.min(limit, this.length);
    const bytes = new Uint8Array(count);
    const at = (Atomics.load(this.#header, READ) >>> 0) % CAPACITY;
    const first = this.#ring.subarray(at, at + count);
    bytes.set(first);
    bytes.set(this.#ring.subarray(0, count - first.length), first.length);
    Atomics.add(this.#header, READ, count);
    Atomics.notify(this.#header, READ);
    return bytes;
  }
}
