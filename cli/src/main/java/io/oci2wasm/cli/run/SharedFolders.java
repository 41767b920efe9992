package io.oci2wasm.cli.run;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotLinkException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import run.endive.runtime.HostFunction;
import run.endive.runtime.Instance;
import run.endive.runtime.Memory;
import run.endive.runtime.WasmFunctionHandle;

/**
 * Functions of WASI preview 1 on host folders that the WASI library cannot do on a JDK's own file
 * system: it asks for a move with an option that the JDK refuses, so that every rename fails; makes
 * links that lead to a path of the host; reads only the last name of a link's target; and leaves
 * links to nothing out of listings, so that what contains them cannot be removed; forgets that an
 * open file need not have its path any more; and follows the links within a path, wherever they
 * lead ({@link FolderPaths}).
 */
final class SharedFolders {
  private static final int LOOKUP_FOLLOW = 1;
  private static final int ENTRY_HEADER_BYTES = 24;

  private static final int STATUS_BYTES = 64;
  private static final int STATUS_TYPE = 16;
  private static final int STATUS_SIZE = 32;
  private static final int SEEK_START = 0;
  private static final int SEEK_CURRENT = 1;
  private static final int SEEK_END = 2;

  private static final int SUCCESS = 0;
  private static final int ACCESS = 2;
  private static final int EXISTS = 20;
  private static final int INVALID = 28;
  private static final int IO = 29;
  private static final int IS_DIRECTORY = 31;
  private static final int NO_ENTRY = 44;
  private static final int NOT_DIRECTORY = 54;
  private static final int NOT_EMPTY = 55;
  private static final int NOT_PERMITTED = 63;
  private static final int NOT_CAPABLE = 76;

  private static final int TYPE_UNKNOWN = 0;
  private static final int TYPE_DIRECTORY = 3;
  private static final int TYPE_REGULAR = 4;
  private static final int TYPE_LINK = 7;

  private interface Call {
    int run(Memory memory, int[] arguments) throws IOException;
  }

  /**
   * A path among a function's arguments.
   *
   * @param directory which argument is the descriptor that the path is relative to
   * @param name which one is the name's address; its length comes next
   * @param lookup which one says whether a link at its end is followed; none if negative
   */
  private record Place(int directory, int name, int lookup) {}

  private final FolderPaths paths;
  private final WasmFunctionHandle seek;

  /**
   * @param folders in the order of the program's descriptors
   * @param seek the library's {@code fd_seek}
   */
  SharedFolders(Iterable<Path> folders, WasmFunctionHandle seek) {
    this.seek = seek;
    this.paths = new FolderPaths(folders);
  }

  static WasmFunctionHandle seekOf(List<HostFunction> library) {
    return library.stream()
        .filter(function -> function.name().equals("fd_seek"))
        .findFirst()
        .orElseThrow()
        .handle();
  }

  /** The library's function, or ours in its place. */
  HostFunction replace(HostFunction function) {
    WasmFunctionHandle library = function.handle();
    return switch (function.name()) {
      case "path_open" -> with(function, remembering(staying(library, new Place(0, 2, 1))));
      case "path_filestat_get", "path_filestat_set_times" ->
          with(function, staying(library, new Place(0, 2, 1)));
      case "path_create_directory", "path_remove_directory", "path_unlink_file" ->
          with(function, staying(library, new Place(0, 1, -1)));
      case "path_link" -> with(function, staying(library, new Place(0, 2, 1), new Place(4, 5, -1)));
      case "path_rename" ->
          with(function, staying(of(this::rename), new Place(0, 1, -1), new Place(3, 4, -1)));
      case "path_symlink" -> with(function, staying(of(this::link), new Place(2, 3, -1)));
      case "path_readlink" -> with(function, staying(of(this::readLink), new Place(0, 1, -1)));
      case "fd_readdir" -> with(function, whereItWas(of(this::list)));
      case "fd_filestat_get" -> with(function, sized(whereItWas(library)));
      case "fd_filestat_set_times" -> with(function, whereItWas(library));
      case "fd_close" -> with(function, forgetting(library));
      default -> function;
    };
  }

  private static HostFunction with(HostFunction function, WasmFunctionHandle handle) {
    return new HostFunction(function.module(), function.name(), function.functionType(), handle);
  }

  private static WasmFunctionHandle of(Call call) {
    return (instance, arguments) -> {
      int[] narrow = new int[arguments.length];
      for (int i = 0; i < narrow.length; i++) {
        narrow[i] = (int) arguments[i];
      }
      return new long[] {errorOf(call, instance.memory(), narrow)};
    };
  }

  private static int errorOf(Call call, Memory memory, int[] arguments) {
    try {
      return call.run(memory, arguments);
    } catch (NoSuchFileException e) {
      return NO_ENTRY;
    } catch (FileAlreadyExistsException e) {
      return EXISTS;
    } catch (DirectoryNotEmptyException e) {
      return NOT_EMPTY;
    } catch (NotLinkException e) {
      return INVALID;
    } catch (IOException e) {
      return IO;
    }
  }

  /** The function, called only if none of its paths leads out of its folder. */
  private WasmFunctionHandle staying(WasmFunctionHandle handle, Place... places) {
    Call look =
        (memory, arguments) -> {
          int error = SUCCESS;
          for (Place place : places) {
            error = error == SUCCESS ? look(memory, arguments, place) : error;
          }
          return error;
        };
    return (instance, arguments) -> {
      long[] error = of(look).apply(instance, arguments);
      return error[0] == SUCCESS ? handle.apply(instance, arguments) : error;
    };
  }

  private int look(Memory memory, int[] arguments, Place place) throws IOException {
    int directory = arguments[place.directory()];
    if (!paths.isDirectory(directory)) {
      return SUCCESS; // the library says what is wrong
    }
    Path path = resolve(memory, directory, arguments[place.name()], arguments[place.name() + 1]);
    if (path == null) {
      return ACCESS;
    }
    boolean following = place.lookup() >= 0 && (arguments[place.lookup()] & LOOKUP_FOLLOW) != 0;
    return paths.stays(directory, path, following) ? SUCCESS : NOT_CAPABLE;
  }

  /** A function of a descriptor that asks the host by the path the descriptor was opened with. */
  private WasmFunctionHandle whereItWas(WasmFunctionHandle handle) {
    Call look =
        (memory, arguments) -> {
          Path path = paths.pathOf(arguments[0]);
          return path == null || paths.stays(arguments[0], path, true) ? SUCCESS : NOT_CAPABLE;
        };
    return (instance, arguments) -> {
      long[] error = of(look).apply(instance, arguments);
      return error[0] == SUCCESS ? handle.apply(instance, arguments) : error;
    };
  }

  private WasmFunctionHandle remembering(WasmFunctionHandle open) {
    return (instance, arguments) -> {
      long[] result = open.apply(instance, arguments);
      if (result[0] == SUCCESS) {
        Memory memory = instance.memory();
        paths.add(
            memory.readInt((int) arguments[8]),
            (int) arguments[0],
            memory.readString((int) arguments[2], (int) arguments[3]));
      }
      return result;
    };
  }

  private WasmFunctionHandle forgetting(WasmFunctionHandle close) {
    return (Instance instance, long... arguments) -> {
      paths.remove((int) arguments[0]);
      return close.apply(instance, arguments);
    };
  }

  /**
   * The library asks for an open file's status by the path it was opened with. The size is then
   * another file's, or there is none, once the file was renamed, replaced or removed; its own is
   * where it ends. Times and inode of one without a path are not known.
   */
  private WasmFunctionHandle sized(WasmFunctionHandle status) {
    return (instance, arguments) -> {
      long descriptor = arguments[0];
      int at = (int) arguments[1];
      Memory memory = instance.memory();
      if (descriptor < FolderPaths.FIRST_FOLDER
          || paths.isDirectory((int) descriptor)
          || seek.apply(instance, descriptor, 0, SEEK_CURRENT, at)[0] != SUCCESS) {
        return status.apply(instance, arguments);
      }
      long position = memory.readLong(at);
      seek.apply(instance, descriptor, 0, SEEK_END, at);
      long size = memory.readLong(at);
      seek.apply(instance, descriptor, position, SEEK_START, at);
      if (status.apply(instance, arguments)[0] != SUCCESS) {
        memory.fill((byte) 0, at, at + STATUS_BYTES);
        memory.writeByte(at + STATUS_TYPE, (byte) TYPE_REGULAR);
      }
      memory.writeLong(at + STATUS_SIZE, size);
      return new long[] {SUCCESS};
    };
  }

  private @Nullable Path resolve(Memory memory, int descriptor, int name, int length) {
    return paths.resolve(descriptor, memory.readString(name, length));
  }

  private int rename(Memory memory, int[] arguments) throws IOException {
    Path from = resolve(memory, arguments[0], arguments[1], arguments[2]);
    Path to = resolve(memory, arguments[3], arguments[4], arguments[5]);
    if (from == null || to == null) {
      return ACCESS;
    }
    boolean directory = Files.isDirectory(from, LinkOption.NOFOLLOW_LINKS);
    if (Files.exists(to, LinkOption.NOFOLLOW_LINKS)
        && Files.isDirectory(to, LinkOption.NOFOLLOW_LINKS) != directory) {
      return directory ? NOT_DIRECTORY : IS_DIRECTORY;
    }
    if (directory && !to.equals(from) && to.startsWith(from)) {
      return INVALID;
    }
    if (directory && isNotEmpty(to)) {
      return NOT_EMPTY;
    }
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    return SUCCESS;
  }

  /** An atomic move reports such a target only by the system's text. */
  private static boolean isNotEmpty(Path directory) throws IOException {
    if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
      return false;
    }
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
      return entries.iterator().hasNext();
    }
  }

  /** Only links that lead down: wherever they are moved, they stay in the folder. */
  private int link(Memory memory, int[] arguments) throws IOException {
    Path path = resolve(memory, arguments[2], arguments[3], arguments[4]);
    if (path == null) {
      return ACCESS;
    }
    Path target;
    try {
      target = Path.of(memory.readString(arguments[0], arguments[1]));
    } catch (InvalidPathException e) {
      return INVALID;
    }
    if (target.toString().isEmpty()) {
      return NO_ENTRY;
    }
    for (Path name : target) {
      if (name.toString().equals("..")) {
        return NOT_PERMITTED;
      }
    }
    if (target.isAbsolute()) {
      return NOT_PERMITTED;
    }
    Files.createSymbolicLink(path, target);
    return SUCCESS;
  }

  private int readLink(Memory memory, int[] arguments) throws IOException {
    Path path = resolve(memory, arguments[0], arguments[1], arguments[2]);
    if (path == null) {
      return ACCESS;
    }
    byte[] target = Files.readSymbolicLink(path).toString().getBytes(StandardCharsets.UTF_8);
    int length = (int) Math.min(target.length, Integer.toUnsignedLong(arguments[4]));
    memory.write(arguments[3], target, 0, length);
    memory.writeI32(arguments[5], length);
    return SUCCESS;
  }

  /** An entry's cookie is the number of those up to it. */
  private int list(Memory memory, int[] arguments) throws IOException {
    Path directory = paths.pathOf(arguments[0]);
    if (directory == null || !paths.isDirectory(arguments[0])) {
      return NOT_DIRECTORY;
    }
    List<Path> entries = new ArrayList<>();
    try (DirectoryStream<Path> found = Files.newDirectoryStream(directory)) {
      found.forEach(entries::add);
    }
    int used = 0;
    for (int next = Math.max(arguments[3], 0); next < entries.size(); next++) {
      byte[] entry = entry(entries.get(next), next + 1);
      int part = Math.min(entry.length, arguments[2] - used);
      memory.write(arguments[1] + used, entry, 0, part);
      used += part;
      if (part < entry.length) {
        break;
      }
    }
    memory.writeI32(arguments[4], used);
    return SUCCESS;
  }

  private static byte[] entry(Path path, int next) {
    byte[] name = String.valueOf(path.getFileName()).getBytes(StandardCharsets.UTF_8);
    long inode = 0;
    int type = TYPE_UNKNOWN;
    try {
      Map<String, Object> attributes =
          Files.readAttributes(
              path, "unix:ino,isDirectory,isRegularFile,isSymbolicLink", LinkOption.NOFOLLOW_LINKS);
      inode = ((Number) attributes.getOrDefault("ino", 0)).longValue();
      type = typeOf(attributes);
    } catch (IOException | UnsupportedOperationException e) {
      // Gone meanwhile, or a host that knows no inodes: the name is what matters.
      inode = 0;
    }
    return ByteBuffer.allocate(ENTRY_HEADER_BYTES + name.length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(next)
        .putLong(inode)
        .putInt(name.length)
        .putInt(type)
        .put(name)
        .array();
  }

  private static int typeOf(Map<String, Object> attributes) {
    if (Boolean.TRUE.equals(attributes.get("isSymbolicLink"))) {
      return TYPE_LINK;
    }
    if (Boolean.TRUE.equals(attributes.get("isDirectory"))) {
      return TYPE_DIRECTORY;
    }
    return Boolean.TRUE.equals(attributes.get("isRegularFile")) ? TYPE_REGULAR : TYPE_UNKNOWN;
  }
}
