import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;

/** Threads with locks and atomics, a child process, files, a socket to itself. */
class Threads {
  private static int shared;

  static synchronized void add(int n) {
    shared += n;
  }

  public static void main(String[] words) throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(8);
    AtomicLong sum = new AtomicLong();
    ConcurrentHashMap<Integer, Integer> map = new ConcurrentHashMap<>();
    CountDownLatch latch = new CountDownLatch(20);
    for (int t = 0; t < 20; t++) {
      pool.submit(() -> {
        for (int i = 0; i < 2000; i++) {
          add(i);
          sum.addAndGet(i);
          map.merge(i % 10, 1, Integer::sum);
        }
        latch.countDown();
      });
    }
    latch.await();
    pool.shutdown();
    System.out.println(shared + " " + sum + " " + map + " " + IntStream.range(0, 100_000).parallel().filter(i -> i % 3 == 0).count());

    Process child = new ProcessBuilder("sh", "-c", "cat; exit 6").start();
    try (var in = child.getOutputStream()) {
      in.write("to the child".getBytes());
    }
    System.out.println(new String(child.getInputStream().readAllBytes()) + " " + child.waitFor());

    Path file = Files.writeString(Path.of("/tmp/file"), "a\nb\nc\n");
    System.out.println(Files.readAllLines(file) + " " + Files.size(file));

    try (ServerSocket server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      Thread echo = new Thread(() -> {
        try (Socket socket = server.accept()) {
          socket.getInputStream().transferTo(socket.getOutputStream());
        } catch (IOException e) {
          System.out.println(e);
        }
      });
      echo.start();
      try (Socket socket = new Socket(server.getInetAddress(), server.getLocalPort())) {
        socket.getOutputStream().write("echoed".getBytes());
        socket.shutdownOutput();
        System.out.println(new String(socket.getInputStream().readAllBytes()));
      }
      echo.join();
    }
    Thread sleeper = new Thread(() -> {
      try {
        Thread.sleep(60_000);
      } catch (InterruptedException e) {
        System.out.println("interrupted");
      }
    });
    sleeper.start();
    sleeper.interrupt();
    sleeper.join();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println("hook")));
    System.out.println(List.of(1, 2, 3));
    throw new IllegalStateException("ends with 1");
  }
}
