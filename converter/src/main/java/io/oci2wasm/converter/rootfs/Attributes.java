package io.oci2wasm.converter.rootfs;

import java.util.Comparator;
import java.util.List;

/**
 * The attributes that files of every type have.
 *
 * @param permissions the lower 12 bits of the mode: rwx three times, sticky, setgid, setuid
 * @param uid 0 to 2^32-1
 * @param gid 0 to 2^32-1
 * @param mtimeSeconds since 1970, negative before
 * @param mtimeNanos 0 to 999,999,999, counted forward from {@code mtimeSeconds}
 * @param xattrs ascending by name, each name once
 */
public record Attributes(
    int permissions, long uid, long gid, long mtimeSeconds, int mtimeNanos, List<Xattr> xattrs) {
  /** Largest uid and gid. */
  public static final long MAX_ID = 0xffff_ffffL;

  /** Of a directory that no layer has an entry for, only files in it. */
  public static final Attributes IMPLICIT_DIRECTORY = new Attributes(0755, 0, 0, 0, 0, List.of());

  public Attributes {
    if ((permissions & ~07777) != 0) {
      throw new IllegalArgumentException("permissions: found bits beyond 07777");
    }
    if (uid < 0 || uid > MAX_ID || gid < 0 || gid > MAX_ID) {
      throw new IllegalArgumentException(
          "owner: found " + uid + ":" + gid + ", expected 0 to 2^32-1");
    }
    if (mtimeNanos < 0 || mtimeNanos > 999_999_999) {
      throw new IllegalArgumentException("mtime: found " + mtimeNanos + " nanoseconds");
    }
    xattrs = xattrs.stream().sorted(Comparator.comparing(Xattr::name)).toList();
  }

  /** The same, with other permissions. */
  Attributes withPermissions(int changed) {
    return new Attributes(changed, uid, gid, mtimeSeconds, mtimeNanos, xattrs);
  }
}
