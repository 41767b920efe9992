package io.oci2wasm.cli.pipeline;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import javax.tools.ToolProvider;
import org.jspecify.annotations.Nullable;

/**
 * This program as its next version will be: compiled from the same sources, but for a reason more.
 * It runs beside this version in one process, in a class loader of its own.
 */
final class NextVersion implements AutoCloseable {
  /** The reason that this version does not know. */
  static final String REASON = "quota-exceeded";

  private static final String OURS = "io.oci2wasm.";
  private static final Path SOURCE =
      Path.of("../pipeline-api/src/main/java/io/oci2wasm/api/Reason.java");

  private final Loader loader;

  private NextVersion(Loader loader) {
    this.loader = loader;
  }

  /** Compiles what is different into {@code directory}. */
  static NextVersion compile(Path directory) throws IOException {
    String source = Files.readString(SOURCE).replaceFirst("enum Reason \\{", "$0 QUOTA_EXCEEDED,");
    Path changed = Files.writeString(directory.resolve("Reason.java"), source);
    int status =
        ToolProvider.getSystemJavaCompiler()
            .run(
                null,
                null,
                null,
                "-proc:none",
                "-d",
                directory.toString(),
                "-classpath",
                System.getProperty("java.class.path"),
                changed.toString());
    if (status != 0) {
      throw new IllegalStateException("the next version's Reason does not compile");
    }
    return new NextVersion(new Loader(directory));
  }

  /** {@code steps}, of a class without state, as the next version does them. */
  Object call(Class<? extends Callable<?>> steps) throws Exception {
    Thread thread = Thread.currentThread();
    ClassLoader before = thread.getContextClassLoader();
    thread.setContextClassLoader(loader);
    try {
      var constructor = loader.loadClass(steps.getName()).getDeclaredConstructor();
      constructor.setAccessible(true);
      return ((Callable<?>) constructor.newInstance()).call();
    } finally {
      thread.setContextClassLoader(before);
    }
  }

  @Override
  public void close() throws IOException {
    loader.close();
  }

  /** Defines our classes anew, with those that are different; all others are shared. */
  private static final class Loader extends URLClassLoader {
    private Loader(Path changed) throws IOException {
      super(new URL[] {changed.toUri().toURL()}, NextVersion.class.getClassLoader());
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      if (!name.startsWith(OURS)) {
        return super.loadClass(name, resolve);
      }
      synchronized (getClassLoadingLock(name)) {
        Class<?> loaded = findLoadedClass(name);
        return loaded == null ? define(name) : loaded;
      }
    }

    private Class<?> define(String name) throws ClassNotFoundException {
      String file = name.replace('.', '/') + ".class";
      @Nullable URL changed = findResource(file);
      try (InputStream bytes =
          changed == null ? getParent().getResourceAsStream(file) : changed.openStream()) {
        if (bytes == null) {
          throw new ClassNotFoundException(name);
        }
        byte[] code = bytes.readAllBytes();
        return defineClass(name, code, 0, code.length);
      } catch (IOException e) {
        throw new ClassNotFoundException(name, e);
      }
    }
  }
}
