package io.oci2wasm.net.peer;

import io.oci2wasm.net.rules.IpAddress;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.stream.Collectors;
import javax.naming.CompositeName;
import javax.naming.Context;
import javax.naming.NameNotFoundException;
import javax.naming.NamingEnumeration;
import javax.naming.NamingException;
import javax.naming.directory.Attribute;
import javax.naming.directory.DirContext;
import javax.naming.directory.InitialDirContext;

/** Name servers that are asked directly: unlike the JDK's resolver they tell why there is none. */
final class NameServers implements Resolver {
  private static final String FACTORY = "com.sun.jndi.dns.DnsContextFactory";
  private static final String FIRST_PATIENCE_MILLIS = "1000";
  private static final String TRIES = "3";
  private static final int PORT = 53;

  /** The servers of this machine. */
  static final NameServers OF_MACHINE = at("dns:");

  private final String urls;
  private final Optional<RecordSource> records;

  private NameServers(String urls, Optional<RecordSource> records) {
    this.urls = urls;
    this.records = records;
  }

  /** Those of a URL {@code dns://HOST:PORT}. */
  static NameServers at(String urls) {
    return new NameServers(urls, Optional.empty());
  }

  /** These servers, one after the other if one does not answer; for records, too. */
  static NameServers of(List<IpAddress> servers) {
    return new NameServers(
        servers.stream()
            .map(server -> "dns://" + (server.isV4() ? server : "[" + server + "]"))
            .collect(Collectors.joining(" ")),
        Optional.of(
            new DnsClient(
                servers.stream()
                    .map(server -> new InetSocketAddress(server.toInetAddress(), PORT))
                    .toList())));
  }

  @Override
  public Optional<RecordSource> records() {
    return records;
  }

  @Override
  @SuppressWarnings("BanJNDI") // only the provider of DNS is ever chosen, and it gives text
  public List<IpAddress> resolve(String name) throws IOException {
    if (name.indexOf(':') >= 0) {
      throw new UnknownHostException(name); // JNDI would take it for a URL of any kind
    }
    Properties settings = new Properties();
    settings.setProperty(Context.INITIAL_CONTEXT_FACTORY, FACTORY);
    settings.setProperty(Context.PROVIDER_URL, urls);
    settings.setProperty("com.sun.jndi.dns.timeout.initial", FIRST_PATIENCE_MILLIS);
    settings.setProperty("com.sun.jndi.dns.timeout.retries", TRIES);
    List<IpAddress> found = new ArrayList<>();
    try {
      DirContext context = new InitialDirContext(settings);
      NamingException failure = null;
      try {
        for (String type : List.of("A", "AAAA")) {
          try {
            addRecords(context, name, type, found);
          } catch (NamingException e) {
            failure = failure == null ? e : failure; // the other family may have answers
          }
        }
      } finally {
        context.close();
      }
      if (found.isEmpty() && failure != null) {
        throw failure;
      }
      return found;
    } catch (NameNotFoundException e) {
      UnknownHostException unknown = new UnknownHostException(name);
      unknown.initCause(e);
      throw unknown;
    } catch (NamingException e) {
      throw new IOException("asking name servers for " + name + ": " + e.getMessage(), e);
    }
  }

  @SuppressWarnings("BanJNDI") // as above
  private static void addRecords(
      DirContext context, String name, String type, List<IpAddress> found) throws NamingException {
    Attribute records =
        context.getAttributes(new CompositeName().add(name), new String[] {type}).get(type);
    NamingEnumeration<?> values = records == null ? null : records.getAll();
    while (values != null && values.hasMore()) {
      IpAddress.parse(String.valueOf(values.next())).ifPresent(found::add);
    }
  }
}
