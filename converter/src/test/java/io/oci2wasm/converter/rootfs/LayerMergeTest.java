package io.oci2wasm.converter.rootfs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.oci2wasm.api.Reason;
import io.oci2wasm.api.RejectedException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LayerMergeTest {
  private Layers layers;

  @BeforeEach
  void setUp(@TempDir Path directory) {
    layers = new Layers(directory);
  }

  /** Every name in the tree with what it is: {@code d/}, {@code f=content}, {@code l->target}. */
  private List<String> merged() {
    List<String> lines = new ArrayList<>();
    list(layers.tree().root(), "", lines);
    return lines;
  }

  private void list(DirectoryNode directory, String path, List<String> lines) {
    for (DirectoryNode.Child child : directory.children()) {
      String name = path + child.name();
      if (child.node() instanceof DirectoryNode below) {
        lines.add(name + "/");
        list(below, name + "/", lines);
      } else if (child.node() instanceof FileNode file) {
        lines.add(name + "=" + new String(layers.content(file), StandardCharsets.UTF_8));
      } else if (child.node() instanceof SymlinkNode link) {
        lines.add(name + "->" + link.target());
      }
    }
  }

  private static Node at(FileTree tree, String path) {
    Node node = tree.root();
    for (String name : path.split("/", -1)) {
      node = Objects.requireNonNull(((DirectoryNode) node).get(ByteString.utf8(name)), path).node();
    }
    return node;
  }

  @Test
  void shouldPutUpperLayersOverLowerOnes() throws Exception {
    layers
        .add(new TarBytes().file("a", "1").file("b", "1"))
        .add(new TarBytes().file("b", "2").file("c", "2"));

    assertThat(merged()).containsExactly("a=1", "b=2", "c=2");
  }

  @Test
  void shouldLetTheLastOfDuplicateEntriesWin() throws Exception {
    layers.add(new TarBytes().file("a", "first").file("a", "last"));

    assertThat(merged()).containsExactly("a=last");
  }

  @Test
  void shouldMakeParentDirectoriesThatAreNotInTheLayer() throws Exception {
    layers.add(new TarBytes().file("x/y/z", "1"));

    FileTree tree = layers.tree();
    assertThat(at(tree, "x/y").attributes()).isEqualTo(Attributes.IMPLICIT_DIRECTORY);
  }

  @Test
  void shouldRemoveWhatIsWhitedOut() throws Exception {
    layers
        .add(new TarBytes().file("d/a", "1").file("d/b", "1").file("e/x/y", "1"))
        .add(new TarBytes().file("d/.wh.a", "").file(".wh.e", "").file("none/.wh.x", ""));

    assertThat(merged()).containsExactly("d/", "d/b=1");
  }

  @Test
  void shouldKeepWhatTheLayerOfTheWhiteoutWroteItself() throws Exception {
    layers
        .add(new TarBytes().file("d/old", "1"))
        .add(new TarBytes().directory("d").file("d/new", "2").file(".wh.d", ""));

    assertThat(merged()).containsExactly("d/", "d/new=2");
  }

  @Test
  void shouldWriteAnewWhatTheSameLayerWhitedOutBefore() throws Exception {
    layers
        .add(new TarBytes().file("d/old", "1"))
        .add(new TarBytes().file(".wh.d", "").file("d/new", "2"));

    assertThat(merged()).containsExactly("d/", "d/new=2");
  }

  @Test
  void shouldHideLowerContentOfOpaqueDirectoryWhereverTheMarkStands() throws Exception {
    layers
        .add(new TarBytes().file("d/a", "1").file("d/sub/b", "1").file("o/a", "1"))
        .add(
            new TarBytes()
                .file("d/new", "2")
                .file("d/.wh..wh..opq", "")
                .file("d/sub/c", "2")
                .file("none/.wh..wh..opq", ""));

    assertThat(merged()).containsExactly("d/", "d/new=2", "d/sub/", "d/sub/c=2", "o/", "o/a=1");
  }

  @Test
  void shouldHideEverythingBelowOpaqueRoot() throws Exception {
    layers
        .add(new TarBytes().file("a", "1"))
        .add(new TarBytes().file("b", "2").file(".wh..wh..opq", ""));

    assertThat(merged()).containsExactly("b=2");
  }

  @Test
  void shouldNotWhiteOutInUpperLayers() throws Exception {
    layers
        .add(new TarBytes().file("a", "1"))
        .add(new TarBytes().file(".wh.a", ""))
        .add(new TarBytes().file("a", "3"));

    assertThat(merged()).containsExactly("a=3");
  }

  @Test
  void shouldReplaceDirectoryByFileAndFileByDirectory() throws Exception {
    layers
        .add(new TarBytes().file("d/a", "1").file("f", "1").symlink("l", "d"))
        .add(new TarBytes().file("d", "2").directory("f").file("f/x", "2").directory("l"));

    assertThat(merged()).containsExactly("d=2", "f/", "f/x=2", "l/");
  }

  @Test
  void shouldChangeAttributesOfDirectoryAndKeepItsContent() throws Exception {
    layers
        .add(new TarBytes().directory("d").file("d/a", "1"))
        .add(new TarBytes().pax("uid=7").directory("d").pax("uid=8").directory("./"));

    FileTree tree = layers.tree();
    assertThat(at(tree, "d").attributes().uid()).isEqualTo(7);
    assertThat(tree.root().attributes().uid()).isEqualTo(8);
    assertThat(at(tree, "d/a")).isInstanceOf(FileNode.class);
  }

  @Test
  void shouldLinkToFilesOfTheSameAndOfLowerLayers() throws Exception {
    layers
        .add(new TarBytes().file("a", "1").hardLink("b", "a"))
        .add(new TarBytes().hardLink("d/c", "/b").hardLink("a", "a"));

    FileTree tree = layers.tree();
    assertThat(at(tree, "d/c")).isSameAs(at(tree, "a")).isSameAs(at(tree, "b"));
    assertThat(at(tree, "a").links()).isEqualTo(3);
    // The root, d, and one file.
    assertThat(tree.nodes()).hasSize(3);
  }

  @Test
  void shouldBreakHardLinkWhenOneNameIsReplaced() throws Exception {
    layers.add(new TarBytes().file("a", "1").hardLink("b", "a")).add(new TarBytes().file("b", "2"));

    FileTree tree = layers.tree();
    assertThat(at(tree, "a").links()).isEqualTo(1);
    assertThat(merged()).containsExactly("a=1", "b=2");
  }

  @Test
  void shouldLinkToFileThatTheSameLayerRemovesAfterwards() throws Exception {
    layers
        .add(new TarBytes().file("old", "1"))
        .add(new TarBytes().hardLink("new", "old").file(".wh.old", ""));

    assertThat(merged()).containsExactly("new=1");
  }

  @Test
  void shouldCountLinksOfDirectories() throws Exception {
    layers.add(new TarBytes().directory("a/b").directory("a/c").file("a/f", ""));

    FileTree tree = layers.tree();
    assertThat(at(tree, "a").links()).isEqualTo(4);
    assertThat(at(tree, "a/b").links()).isEqualTo(2);
  }

  @Test
  void shouldFollowSymlinksOfLowerLayersInsideTheRoot() throws Exception {
    layers
        .add(
            new TarBytes()
                .directory("usr/lib")
                .symlink("lib", "usr/lib")
                .symlink("run", "/var/run")
                .symlink("usr/up", "../usr/./lib"))
        .add(
            new TarBytes()
                .file("lib/x", "2")
                .file("run/pid", "2")
                .file("usr/up/y", "2")
                .hardLink("z", "lib/x")
                .file("lib/.wh.none", ""));

    assertThat(merged())
        .containsExactly(
            "lib->usr/lib",
            "run->/var/run",
            "usr/",
            "usr/lib/",
            "usr/lib/x=2",
            "usr/lib/y=2",
            "usr/up->../usr/./lib",
            "var/",
            "var/run/",
            "var/run/pid=2",
            "z=2");
  }

  @Test
  void shouldReplaceSymlinkItselfNotWhatItPointsTo() throws Exception {
    layers
        .add(new TarBytes().file("target", "1").symlink("l", "target"))
        .add(new TarBytes().file("l", "2"));

    assertThat(merged()).containsExactly("l=2", "target=1");
  }

  @Test
  void shouldKeepSymlinksThatPointOutOfTheRootAsLongAsNothingGoesThroughThem() throws Exception {
    layers.add(new TarBytes().symlink("l", "../../../etc"));

    assertThat(merged()).containsExactly("l->../../../etc");
  }

  @Test
  void shouldRefuseEntryBehindSymlinkOutOfTheRoot() throws Exception {
    // Given
    layers.add(new TarBytes().symlink("d/l", "../../etc"));

    // When, Then
    assertThatThrownBy(() -> layers.add(new TarBytes().file("d/l/passwd", "x")))
        .isInstanceOfSatisfying(
            RejectedException.class, e -> assertThat(e.reason()).isEqualTo(Reason.LAYER_REFUSED))
        .hasMessageContaining("entry /d/l/passwd")
        .hasMessageContaining("found a parent directory that is a link out of the root")
        .hasMessageContaining("do not unpack this layer");
  }

  @Test
  void shouldRefuseWhiteoutAndHardLinkBehindSymlinkOutOfTheRoot() throws Exception {
    layers.add(new TarBytes().symlink("l", ".."));

    assertReason(Reason.LAYER_REFUSED, new TarBytes().file("l/.wh.etc", ""));
    assertReason(Reason.LAYER_REFUSED, new TarBytes().hardLink("a", "l/etc"));
  }

  @Test
  void shouldRefuseLoopOfSymlinks() throws Exception {
    layers.add(new TarBytes().symlink("a", "b").symlink("b", "a"));

    assertReason(Reason.LAYER_REFUSED, new TarBytes().file("a/x", ""));
  }

  @Test
  void shouldRejectHardLinkToNothingOrToDirectory() throws Exception {
    layers.add(new TarBytes().directory("d"));

    assertReason(Reason.LAYER_CORRUPT, new TarBytes().hardLink("a", "missing"));
    assertReason(Reason.LAYER_CORRUPT, new TarBytes().hardLink("a", "d"));
    assertReason(Reason.LAYER_CORRUPT, new TarBytes().hardLink("a", "/"));
  }

  @Test
  void shouldRejectFileAsParentDirectory() throws Exception {
    layers.add(new TarBytes().file("f", "1"));

    assertReason(Reason.LAYER_CORRUPT, new TarBytes().file("f/x", ""));
  }

  private void assertReason(Reason reason, TarBytes archive) {
    assertThatThrownBy(() -> layers.add(archive))
        .isInstanceOfSatisfying(
            RejectedException.class, e -> assertThat(e.reason()).isEqualTo(reason));
  }

  @Test
  void shouldRefuseMoreEntriesInAllLayersThanTheLimit(@TempDir Path directory) throws Exception {
    // Given
    layers = new Layers(directory, new LayerLimits(3, 1 << 20, 200, 3, 1000, 64, 40, 4096));
    layers.add(new TarBytes().file("a", "").file("b", ""));

    // When, Then
    assertReason(Reason.LAYER_REFUSED, new TarBytes().file("c", "").file("d", ""));
  }

  @Test
  void shouldCountDirectoriesThatAreOnlyImplied(@TempDir Path directory) throws Exception {
    // Given
    LayerLimits limits = new LayerLimits(3, 1 << 20, 200, 3, 1000, 64, 40, 4096);
    layers = new Layers(directory, limits);
    layers.add(new TarBytes().file("1/2/a", ""));

    // When, Then
    layers = new Layers(directory, limits);
    assertReason(Reason.LAYER_REFUSED, new TarBytes().file("1/2/3/a", ""));
  }

  @Test
  void shouldRefuseMoreNamesAndAttributesThanTheLimit(@TempDir Path directory) throws Exception {
    // Given: tails do not count
    layers = new Layers(directory, new LayerLimits(3, 1 << 20, 200, 30, 500, 400, 400, 4096));
    layers.add(new TarBytes().file("a", "x".repeat(4000)));

    // When, Then
    assertReason(
        Reason.LAYER_REFUSED,
        new TarBytes()
            .pax("SCHILY.xattr.user.a=" + "v".repeat(350))
            .file("b", "")
            .symlink("c", "t".repeat(100)));
  }

  @Test
  void shouldRefuseDirectoriesDeeperThanTheLongestPath(@TempDir Path directory) throws Exception {
    // Given: paths of at most 20 bytes, so 10 deep
    layers = new Layers(directory, new LayerLimits(3, 1 << 20, 200, 30, 10_000, 20, 40, 4096));
    layers.add(new TarBytes().directory("1/2/3/4/5/6/7/8/9/a").symlink("l", "1/2/3/4/5/6/7/8/9"));

    // When, Then
    assertReason(Reason.LAYER_REFUSED, new TarBytes().directory("l/a/b"));
  }
}
