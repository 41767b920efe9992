package io.oci2wasm.converter.erofs;

import io.oci2wasm.converter.rootfs.Attributes;
import io.oci2wasm.converter.rootfs.FileTree;
import io.oci2wasm.converter.rootfs.Node;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;

/**
 * The one modification time that compact inodes have, from the superblock. It is the one that most
 * files have, which makes the image small, and no clock's, which keeps it reproducible.
 */
record BuildTime(long seconds, int nanos) {
  static BuildTime mostCommon(FileTree tree) {
    Map<BuildTime, Integer> counts = new HashMap<>();
    for (Node node : tree.nodes()) {
      Attributes attributes = node.attributes();
      counts.merge(
          new BuildTime(attributes.mtimeSeconds(), attributes.mtimeNanos()), 1, Integer::sum);
    }
    return counts.entrySet().stream()
        .max(
            Map.Entry.<BuildTime, Integer>comparingByValue()
                .thenComparing(
                    Map.Entry::getKey,
                    Comparator.comparingLong(BuildTime::seconds).thenComparing(BuildTime::nanos)))
        .map(Map.Entry::getKey)
        .orElseThrow();
  }

  boolean isOf(Attributes attributes) {
    return attributes.mtimeSeconds() == seconds && attributes.mtimeNanos() == nanos;
  }
}
