// The page as an engine's peer (docs/FORMATS.md, netp): it opens connections to the container's ports. The container
// opens none: every address is denied, and there are no names.
import { BrokenRule, MOST_CREDIT, Messages, OUT, REASON, TYPE, TYPES, creditOf, encode, hello, number, numberOf } from './netp.mjs';

const CREDIT = 1 << 18;
const PIECE = 32768;
const MOST_STREAMS = 256;
const NO_SUCH_NAME = 3;
// The guest sees clients on loopback as its gateway.
const CLIENT = [127, 0, 0, 1];

/** A connection to a port of the container. */
class Connection {
  #id;
  #peer;
  #heard;
  #opened = false;
  #sentEnd = false;
  #gotEnd = false;
  #credit; // to send
  #leave = CREDIT; // to receive
  #given = 0; // to the listener, and not used by it
  #taken = 0;
  #waiting = [];

  constructor(id, peer, credit, heard) {
    this.#id = id;
    this.#peer = peer;
    this.#credit = credit;
    this.#heard = heard;
  }

  /** Sends bytes, when the engine has room for them; false when the connection is over. */
  async write(bytes) {
    for (let at = 0; at < bytes.length; ) {
      while (this.#credit === 0 && this.#peer) await new Promise((resolve) => this.#waiting.push(resolve));
      if (!this.#peer) return false;
      const part = bytes.subarray(at, at + Math.min(this.#credit, PIECE));
      this.#credit -= part.length;
      this.#peer.send(encode(this.#id, TYPE.DATA, 0, part));
      at += part.length;
    }
    return true;
  }

  end() {
    if (!this.#peer || this.#sentEnd) return;
    this.#sentEnd = true;
    this.#peer.send(encode(this.#id, TYPE.END));
    if (this.#gotEnd) this.#over();
  }

  reset() {
    this.#peer?.send(encode(this.#id, TYPE.RESET, REASON.BROKEN));
    this.#over();
  }

  /** So many of the received bytes are needed no longer. */
  took(count) {
    if (!this.#peer || this.#gotEnd) return;
    const taken = Math.min(count, this.#given);
    this.#given -= taken;
    this.#taken += taken;
    if (this.#taken < CREDIT / 4) return;
    this.#leave += this.#taken;
    this.#peer.send(encode(this.#id, TYPE.CREDIT, 0, number(this.#taken)));
    this.#taken = 0;
  }

  receive(message) {
    const { type, code, payload } = message;
    const need = (met) => {
      if (!met) throw new BrokenRule(`found ${TYPES[type]} for stream ${this.#id}, where netp has no place for it`);
    };
    if (type === TYPE.OPENED) {
      need(!this.#opened);
      this.#opened = true;
      this.#heard.opened();
    } else if (type === TYPE.DATA) {
      need(this.#opened && !this.#gotEnd && payload.length > 0);
      if (payload.length > this.#leave) throw new BrokenRule(`found ${payload.length} bytes for stream ${this.#id}, expected at most its credit of ${this.#leave}`);
      this.#leave -= payload.length;
      this.#given += payload.length;
      this.#heard.data(payload.slice()); // a copy: a part would keep the whole chunk
    } else if (type === TYPE.CREDIT) {
      this.#credit += numberOf(message);
      if (this.#credit > MOST_CREDIT) throw new BrokenRule(`found credit ${this.#credit}, expected at most 2^31 - 1`);
      this.#wake();
    } else if (type === TYPE.END) {
      need(this.#opened && !this.#gotEnd);
      this.#gotEnd = true;
      this.#heard.end();
      if (this.#sentEnd) this.#over();
    } else {
      this.close(code);
    }
  }

  /** It is over, for this reason. */
  close(reason) {
    this.#over();
    this.#heard.reset(reason);
  }

  #over() {
    this.#peer?.forget(this.#id);
    this.#peer = undefined;
    this.#wake();
  }

  #wake() {
    for (const wake of this.#waiting.splice(0)) wake();
  }
}

export class Peer {
  #sendBytes;
  #broke;
  #messages = new Messages();
  #connections = new Map();
  #credit;
  #begin;
  #last = 4;
  #over = false;

  /** Kept when the engine has said HELLO. */
  begun = new Promise((resolve) => (this.#begin = resolve));

  /**
   * @param {(bytes: Uint8Array) => void} send to the engine
   * @param {(how: string) => void} broke is told how the engine broke netp's rules: the run has to end
   */
  constructor(send, broke) {
    this.#sendBytes = send;
    this.#broke = broke;
    send(hello(CREDIT));
  }

  /** What the engine says. */
  receive(bytes) {
    if (this.#over) return;
    try {
      this.#messages.take(bytes, (message) => this.#take(message));
    } catch (error) {
      this.close();
      if (!(error instanceof BrokenRule)) throw error;
      this.#broke(error.message);
    }
  }

  /**
   * Connects to a port of the container, when the engine has begun. `heard` has `opened`, `data(bytes)`, `end` and
   * `reset(reason)`; of these the last or both ends come last.
   */
  async connect(port, heard) {
    await this.begun;
    if (this.#over || this.#connections.size >= MOST_STREAMS) {
      heard.reset(this.#over ? REASON.BROKEN : REASON.LIMIT);
      return { write: async () => false, end() {}, reset() {}, took() {} };
    }
    do this.#last = this.#last === MOST_CREDIT ? 5 : this.#last + 1; while (this.#connections.has(this.#last));
    const id = this.#last;
    const connection = new Connection(id, this, this.#credit, heard);
    this.#connections.set(id, connection);
    this.send(encode(id, TYPE.INCOMING, 0, new Uint8Array([1, 4, port & 255, port >> 8, ...CLIENT, id & 255, (id >> 8) & 255])));
    return connection;
  }

  /** Whether the container listens on a port. A server that talks first does not keep the connection. */
  async listens(port) {
    let answer;
    const answered = new Promise((resolve) => (answer = resolve));
    const connection = await this.connect(port, { opened: () => answer(true), data() {}, end() {}, reset: () => answer(false) });
    const listening = await answered;
    connection.reset();
    return listening;
  }

  /** The engine is gone. */
  close() {
    this.#over = true;
    this.#begin();
    for (const connection of [...this.#connections.values()]) connection.close(REASON.BROKEN);
  }

  send(message) {
    if (!this.#over) this.#sendBytes(message);
  }

  forget(id) {
    this.#connections.delete(id);
  }

  #take(message) {
    const { stream, type, code } = message;
    if (this.#credit === undefined) {
      this.#credit = creditOf(message);
      this.#begin();
    } else if (type === TYPE.OPEN || type === TYPE.RESOLVE) {
      if (stream < OUT) throw new BrokenRule(`found ${TYPES[type]} of stream ${stream}`);
      if (type === TYPE.OPEN) this.send(encode(stream, TYPE.RESET, REASON.DENIED));
      else this.send(encode(stream, TYPE.ADDRESSES, NO_SUCH_NAME));
    } else if ([TYPE.HELLO, TYPE.INCOMING, TYPE.ADDRESSES, TYPE.ASK, TYPE.RECORDS].includes(type) || (type === TYPE.RESET && code === 0)) {
      throw new BrokenRule(`found ${TYPES[type]} of an engine`);
    } else if (type !== TYPE.EXIT) {
      this.#connections.get(stream)?.receive(message);
    }
  }
}
