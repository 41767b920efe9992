/**
 * Writes a file tree as an uncompressed EROFS image. The format is the Linux kernel's, {@code
 * Documentation/filesystems/erofs.rst} and {@code fs/erofs/erofs_fs.h} of Linux 6.1.
 */
@NullMarked
package io.oci2wasm.converter.erofs;

import org.jspecify.annotations.NullMarked;
