// The ports that a bundle's image exposes: records `expose` of its launch description (docs/FORMATS.md, "The bundle").
const DATA_SECTION = 11;
const PASSIVE = 1;
const I32_CONST = 0x41;
const END = 0x0b;
const LAUNCH_SEGMENT = 17;

/** Bytes as they come; what is skipped is not kept. */
class Input {
  #reader;
  #part = new Uint8Array(0);

  constructor(stream) {
    this.#reader = stream.getReader();
  }

  async #more() {
    const { value, done } = await this.#reader.read();
    if (done) throw new RangeError('the module ended early');
    this.#part = value;
  }

  /** LEB128 (WebAssembly core specification, 5.2.2). */
  async number() {
    for (let value = 0, place = 1; ; place *= 128) {
      while (this.#part.length === 0) await this.#more();
      const byte = this.#part[0];
      this.#part = this.#part.subarray(1);
      value += (byte & 127) * place;
      if (byte < 128) return value;
    }
  }

  async take(length, keep) {
    const bytes = new Uint8Array(keep ? length : 0);
    for (let left = length; left > 0; ) {
      while (this.#part.length === 0) await this.#more();
      const part = this.#part.subarray(0, left);
      if (keep) bytes.set(part, length - left);
      this.#part = this.#part.subarray(part.length);
      left -= part.length;
    }
    return bytes;
  }

  cancel() {
    return this.#reader.cancel();
  }
}

async function launch(input) {
  await input.take(8, false);
  for (;;) {
    const id = await input.number();
    const size = await input.number();
    if (id !== DATA_SECTION) {
      await input.take(size, false);
      continue;
    }
    await input.number();
    for (let segment = 0; ; segment++) {
      // An active segment of the engine's own begins with its address.
      if ((await input.number()) !== PASSIVE) {
        if ((await input.number()) !== I32_CONST) return '';
        await input.number();
        if ((await input.number()) !== END) return '';
      }
      const content = await input.take(await input.number(), segment === LAUNCH_SEGMENT);
      if (segment === LAUNCH_SEGMENT) return new TextDecoder().decode(content);
    }
  }
}

/** The first TCP port that the image of this bundle exposes; undefined without one, and if it is no bundle. */
export async function exposedPort(stream) {
  const input = new Input(stream);
  try {
    const ports = [...(await launch(input)).matchAll(/(?:^|\0)expose=([0-9]+)(?:\/tcp)?(?=\0)/g)];
    return ports.length > 0 ? Number(ports[0][1]) : undefined;
  } catch (error) {
    if (error instanceof RangeError) return undefined; // running it will tell what is wrong
    throw error;
  } finally {
    input.cancel().catch(() => {});
  }
}
