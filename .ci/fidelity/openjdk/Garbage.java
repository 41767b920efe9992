import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;

/** More objects than the heap holds at once, some of them kept. */
class Garbage {
  record Node(Node next, byte[] content) {}

  public static void main(String[] words) {
    List<Node> kept = new ArrayList<>();
    long sum = 0;
    for (int i = 0; i < 200_000; i++) {
      Node node = new Node(i % 100 == 1 ? kept.get(kept.size() - 1) : null, new byte[1 + i % 2000]);
      node.content()[0] = (byte) i;
      if (i % 100 == 0) {
        kept.add(node);
      }
      sum += node.content().length;
    }
    for (Node node : kept) {
      sum += node.content()[0];
    }
    WeakReference<Object> weak = new WeakReference<>(new Object());
    System.gc();
    System.out.println(sum + " " + kept.size() + " " + (weak.get() == null));
    try {
      byte[][] all = new byte[1000][];
      for (int i = 0; i < all.length; i++) {
        all[i] = new byte[1 << 20];
      }
    } catch (OutOfMemoryError e) {
      System.out.println(e.getMessage());
    }
  }
}
