// The data file of a split bundle, and the folder that it is looked for in (docs/FORMATS.md, "Split bundles").
import { Fd } from '../vendor/browser-wasi-shim/fd.js';
import * as defs from '../vendor/browser-wasi-shim/wasi_defs.js';

const FOLDER = '/.oci2wasm';

class FileFd extends Fd {
  #file;

  constructor(file) {
    super();
    this.#file = file;
  }

  /** All that anyone asks for is where the end is. */
  fd_seek(offset, whence) {
    return offset === 0n && whence === defs.WHENCE_END
      ? { ret: defs.ERRNO_SUCCESS, offset: BigInt(this.#file.size) }
      : { ret: defs.ERRNO_NOTSUP, offset: 0n };
  }

  fd_pread(size, offset) {
    const data = this.#file.read(Number(offset), size);
    return data ? { ret: defs.ERRNO_SUCCESS, data } : { ret: defs.ERRNO_IO, data: new Uint8Array(0) };
  }
}

/** The preopened folder in which a bundle looks for its data file, and nothing else is. Without a file it is no folder. */
export class DataFolderFd extends Fd {
  #name;
  #file;

  constructor(name, file) {
    super();
    this.#name = name;
    this.#file = file;
  }

  fd_prestat_get() {
    return this.#file
      ? { ret: defs.ERRNO_SUCCESS, prestat: defs.Prestat.dir(FOLDER) }
      : { ret: defs.ERRNO_BADF, prestat: null };
  }

  path_open(flags, path) {
    return path === this.#name
      ? { ret: defs.ERRNO_SUCCESS, fd_obj: new FileFd(this.#file) }
      : { ret: defs.ERRNO_NOENT, fd_obj: null };
  }
}
