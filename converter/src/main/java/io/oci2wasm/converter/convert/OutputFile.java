package io.oci2wasm.converter.convert;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/**
 * A file that appears under its name only when it is whole. Of one that is not, nothing is left,
 * also when the process is interrupted.
 */
public final class OutputFile implements Closeable {
  /** As Linux says it (errno.h, ENOSPC): Java has no type for it, and does not say which file. */
  public static final String NO_SPACE = "No space left on device";

  /** What is written to a file. */
  public interface Content {
    void writeTo(FileChannel channel) throws IOException;
  }

  private final Path file;
  private final Path temporary;
  private final FileChannel channel;
  private final Thread atExit = new Thread(this::deleteAtExit, "delete an unfinished output");
  private boolean ended;

  /**
   * Opens a file beside {@code file} that becomes it.
   *
   * @throws IOException if that is not possible, or the process is ending
   */
  public OutputFile(Path file) throws IOException {
    this.file = file.toAbsolutePath();
    this.temporary = this.file.resolveSibling(this.file.getFileName() + ".part");
    try {
      Runtime.getRuntime().addShutdownHook(atExit);
    } catch (IllegalStateException e) {
      throw new IOException("writing " + file + ": the process is ending", e);
    }
    try {
      this.channel = open();
    } catch (IOException e) {
      forgetAtExit();
      throw e;
    }
  }

  private synchronized FileChannel open() throws IOException {
    if (ended) {
      throw new IOException("writing " + file + ": the process is ending");
    }
    return FileChannel.open(
        temporary,
        StandardOpenOption.CREATE,
        StandardOpenOption.TRUNCATE_EXISTING,
        StandardOpenOption.WRITE);
  }

  private synchronized void deleteAtExit() {
    ended = true;
    try {
      Files.deleteIfExists(temporary);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void forgetAtExit() {
    try {
      Runtime.getRuntime().removeShutdownHook(atExit);
    } catch (IllegalStateException e) {
      return; // the process ends, and the thread does its work
    }
  }

  public FileChannel channel() {
    return channel;
  }

  /** Writes {@code content}; what fails as the disk is full names this file. */
  public void write(Content content) throws IOException {
    try {
      content.writeTo(channel);
    } catch (IOException e) {
      throw named(e);
    }
  }

  /** {@code e}, which writing this file ended with; it names the file if its disk is full. */
  public IOException named(IOException e) {
    return naming(file, e);
  }

  /** The same for a file that is written otherwise. */
  public static IOException naming(Path file, IOException e) {
    if (!NO_SPACE.equals(e.getMessage())) {
      return e;
    }
    FileSystemException named = new FileSystemException(file.toString(), null, NO_SPACE);
    named.initCause(e);
    return named;
  }

  /** Gives the file its name. */
  public void publish() throws IOException {
    channel.close();
    Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
  }

  /** Removes what was not published. */
  @Override
  public void close() throws IOException {
    channel.close();
    Files.deleteIfExists(temporary);
    forgetAtExit();
  }
}
