package io.oci2wasm.gateway.state.snapshot;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/** Snapshots in memory, which a test can damage. */
public final class MemorySnapshots implements SnapshotStore {
  private final Map<String, byte[]> objects = new TreeMap<>();

  /** A place without any. */
  public static Snapshots none() {
    return new Snapshots(new MemorySnapshots());
  }

  @Override
  public List<String> keys() {
    return List.copyOf(objects.keySet());
  }

  @Override
  public Optional<InputStream> get(String key) {
    return Optional.ofNullable(objects.get(key)).map(ByteArrayInputStream::new);
  }

  @Override
  public void put(String key, Path file) throws IOException {
    put(key, Files.readAllBytes(file));
  }

  public void put(String key, byte[] bytes) {
    objects.put(key, bytes);
  }

  /** The bytes of one that is there. */
  public byte[] bytes(String key) {
    return Objects.requireNonNull(objects.get(key));
  }

  /** Puts other bytes in the place of one. */
  public void change(String key, UnaryOperator<byte[]> change) {
    objects.put(key, change.apply(bytes(key).clone()));
  }

  @Override
  public void delete(String key) {
    objects.remove(key);
  }
}
