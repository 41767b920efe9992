// A request of HTTP/1.1 (RFC 9112) over a connection of its own.
const HEAD_MAX = 1 << 18;
const CR_LF = '\r\n';
const encoder = new TextEncoder();
const latin1 = new TextDecoder('latin1');

/** The container's answer is none of HTTP. */
export class NoHttp extends Error {}

/** What has been read of a connection and not used. */
class Input {
  #read;
  #rest = new Uint8Array(0);
  #head = 0;

  /** @param {() => Promise<Uint8Array | null>} read gives the next bytes, null at the end */
  constructor(read) {
    this.#read = read;
  }

  /** A line without its end; lines together have a limit. */
  async line() {
    for (;;) {
      const end = this.#rest.indexOf(10);
      if (end >= 0) {
        const line = latin1.decode(this.#rest.subarray(0, end)).replace(/\r$/, '');
        this.#rest = this.#rest.subarray(end + 1);
        this.#head += end + 1;
        return line;
      }
      const more = await this.#read();
      if (!more) throw new NoHttp('the answer ended early');
      if (this.#head + this.#rest.length > HEAD_MAX) throw new NoHttp('the answer has a header of more than 256 KiB');
      const joined = new Uint8Array(this.#rest.length + more.length);
      joined.set(this.#rest);
      joined.set(more, this.#rest.length);
      this.#rest = joined;
    }
  }

  /** Some bytes, at most so many; null at the end. */
  async some(limit) {
    const bytes = this.#rest.length > 0 ? this.#rest : await this.#read();
    if (!bytes) return null;
    this.#rest = bytes.subarray(Math.min(limit, bytes.length));
    return bytes.subarray(0, limit);
  }

  /** A chunk's size line begins anew to count. */
  forgetHead() {
    this.#head = 0;
  }
}

async function* ofLength(input, length) {
  for (let left = length; left > 0; ) {
    const bytes = await input.some(left);
    if (!bytes) throw new NoHttp('the answer ended early');
    left -= bytes.length;
    yield bytes;
  }
}

async function* chunks(input) {
  for (;;) {
    input.forgetHead();
    const line = await input.line();
    const [size] = /^[0-9a-f]{1,12}(?=\s*(;|$))/i.exec(line) ?? [];
    if (size === undefined) throw new NoHttp('the answer has a chunk without a size');
    if (Number.parseInt(size, 16) === 0) break;
    yield* ofLength(input, Number.parseInt(size, 16));
    if ((await input.line()) !== '') throw new NoHttp('the answer has a chunk that is too long');
  }
  while ((await input.line()) !== '');
}

async function* untilTheEnd(input) {
  for (let bytes = await input.some(Infinity); bytes; bytes = await input.some(Infinity)) yield bytes;
}

async function readHead(input) {
  const [, status, reason = ''] = /^HTTP\/1\.[01] ([1-5][0-9]{2})(?: (.*))?$/.exec(await input.line()) ?? [];
  if (!status) throw new NoHttp('the answer does not begin as HTTP does');
  const headers = [];
  for (let line = await input.line(); line !== ''; line = await input.line()) {
    const [, name, value] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*$/.exec(line) ?? [];
    if (!name) throw new NoHttp('the answer has a line that is no header');
    headers.push([name.toLowerCase(), value]);
  }
  return { status: Number(status), reason, headers };
}

function bodyOf(input, method, { status, headers }) {
  const value = (wanted) => headers.filter(([name]) => name === wanted).map(([, text]) => text).join(', ');
  if (method === 'HEAD' || status === 204 || status === 205 || status === 304) return null;
  if (/\bchunked\s*$/i.test(value('transfer-encoding'))) return chunks(input);
  const length = value('content-length');
  if (length === '') return untilTheEnd(input);
  if (!/^[0-9]{1,15}$/.test(length)) throw new NoHttp('the answer has a Content-Length that is no number');
  return ofLength(input, Number(length));
}

/** The bytes before a request's body. */
export function head({ method, target, headers }) {
  const lines = headers.map(([name, value]) => `${name}: ${value}`);
  return encoder.encode([`${method} ${target} HTTP/1.1`, ...lines, 'Connection: close', '', ''].join(CR_LF));
}

async function send(write, request) {
  await write(head(request));
  if (!request.body) return;
  const reader = request.body.stream().getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) await write(part.value);
}

/**
 * Sends a request and reads the answer's head.
 *
 * @param connection has `read()` and `write(bytes)`
 * @param {{ method: string, target: string, headers: string[][], body?: Blob }} request
 * @returns `status`, `reason`, `headers` with names in lower case, and `body`, an iterator of bytes or null
 */
export async function exchange(connection, request) {
  const input = new Input(() => connection.read());
  // A server may answer before it has everything, and then reads no further.
  const sent = send((bytes) => connection.write(bytes), request);
  sent.catch(() => {});
  let answer = await readHead(input);
  while (answer.status < 200) answer = await readHead(input);
  return { ...answer, body: bodyOf(input, request.method, answer) };
}
