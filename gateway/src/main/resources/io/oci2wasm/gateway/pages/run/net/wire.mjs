// A connection's bytes through a MessagePort, from a page to a ServiceWorker of another origin. Messages have one of:
// `opened`; `bytes`; `took`, how many bytes the sender of this message has used; `end`; `reset`, a reason of netp.
const WINDOW = 1 << 18;
const PIECE = 1 << 16;

/** The connection was refused or broken; `reason` is netp's. */
export class Reset extends Error {
  constructor(reason) {
    super(`the connection was reset, reason ${reason}`);
    this.reason = reason;
  }
}

/** ServiceWorker's side. */
export class Wire {
  #port;
  #open;
  #untaken = 0;
  #parts = [];
  #ended = false;
  #reset;
  #waiting = [];

  /** Kept when the container has taken the connection. */
  opened = new Promise((resolve, reject) => (this.#open = { resolve, reject }));

  constructor(port) {
    this.#port = port;
    this.opened.catch(() => {}); // whoever reads is told
    port.onmessage = ({ data }) => {
      if (data.opened) this.#open.resolve();
      if (data.bytes) this.#parts.push(data.bytes);
      if (data.took) this.#untaken -= data.took;
      if (data.end) this.#ended = true;
      if (data.reset !== undefined) this.#over(new Reset(data.reset));
      this.#wake();
    };
  }

  /** Sends bytes; waits while the other side has not used enough of the earlier ones. */
  async write(bytes) {
    for (let at = 0; at < bytes.length; at += PIECE) {
      while (this.#untaken >= WINDOW && !this.#reset) await this.#news();
      if (this.#reset) throw this.#reset;
      const part = bytes.slice(at, at + PIECE);
      this.#untaken += part.length;
      this.#port.postMessage({ bytes: part }, [part.buffer]);
    }
  }

  /** The next bytes, or null at the end. */
  async read() {
    while (this.#parts.length === 0 && !this.#ended && !this.#reset) await this.#news();
    const part = this.#parts.shift();
    if (part) {
      this.#port.postMessage({ took: part.length });
      return part;
    }
    if (this.#reset) throw this.#reset;
    return null;
  }

  /** The connection is needed no longer. */
  close() {
    if (this.#reset) return;
    this.#port.postMessage({ reset: 0 });
    this.#over(new Reset(0));
    this.#wake();
  }

  #over(reset) {
    this.#reset ??= reset;
    this.#open.reject(reset);
  }

  #news() {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #wake() {
    for (const wake of this.#waiting.splice(0)) wake();
  }
}

/** Page's side: joins `port` with a new connection to a port of the container. */
export async function join(port, peer, guestPort) {
  const early = [];
  port.onmessage = ({ data }) => early.push(data);
  const connection = await peer.connect(guestPort, {
    opened: () => port.postMessage({ opened: true }),
    data: (bytes) => port.postMessage({ bytes }, [bytes.buffer]),
    end: () => port.postMessage({ end: true }),
    reset: (reset) => port.postMessage({ reset }),
  });
  let sending = Promise.resolve();
  let waiting = 0;
  const hear = ({ bytes, took, reset }) => {
    if (bytes instanceof Uint8Array) {
      waiting += bytes.length;
      // Our own side waits for `took`: this is somebody else.
      if (waiting > WINDOW + PIECE) return connection.reset();
      sending = sending.then(() => connection.write(bytes)).then((sent) => {
        waiting -= bytes.length;
        if (sent) port.postMessage({ took: bytes.length });
      });
    }
    if (Number.isInteger(took) && took > 0) connection.took(took);
    if (reset !== undefined) connection.reset();
    return undefined;
  };
  port.onmessage = ({ data }) => hear(data);
  early.forEach(hear);
}
