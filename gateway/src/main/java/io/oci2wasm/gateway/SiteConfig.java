package io.oci2wasm.gateway;

import io.oci2wasm.runtime.config.ConfigFile;
import io.oci2wasm.runtime.config.ConfigKey;
import java.net.URI;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The second port, from which the Run page gets the frame for a container's web site. */
public record SiteConfig(
    @ConfigKey(
            meaning =
                "0 selects a free port. By default a free one on loopback, and none beyond it. "
                    + "Browsers call it by the name that they call the gateway by.")
        @Nullable Integer port,
    @ConfigKey(
            meaning =
                "Where browsers reach this port, if a proxy or another name leads to it: an origin "
                    + "that serves nothing else. Together with dashboard.")
        @Nullable URI url,
    @ConfigKey(meaning = "Where browsers then reach the dashboard.") @Nullable URI dashboard) {
  public static final SiteConfig DEFAULT = ConfigFile.defaults(SiteConfig.class);

  public SiteConfig {
    if (port != null && (port < 0 || port > 65_535)) {
      throw new IllegalArgumentException("port: found " + port + ", expected 0 to 65535");
    }
    if ((url == null) != (dashboard == null)) {
      throw new IllegalArgumentException(
          String.format(
              "site: found %s alone, expected both url and dashboard, or none",
              url == null ? "dashboard" : "url"));
    }
    if (url != null && dashboard != null) {
      if (origin("url", url).equals(origin("dashboard", dashboard))) {
        throw new IllegalArgumentException(
            "url: found "
                + url
                + ", which is the dashboard's, expected another name or port: the site of a"
                + " container must not share the origin of the token");
      }
      if (port == null) {
        throw new IllegalArgumentException(
            "port: found none beside url, expected the port that the proxy leads to");
      }
    }
  }

  /** The origin of the frame, where it is configured. */
  public @Nullable String urlOrigin() {
    return url == null ? null : origin("url", url);
  }

  /** The origin of the dashboard, where it is configured. */
  public @Nullable String dashboardOrigin() {
    return dashboard == null ? null : origin("dashboard", dashboard);
  }

  /** As browsers write it (HTML Living Standard, "serialization of an origin"). */
  private static String origin(String key, URI url) {
    String scheme = String.valueOf(url.getScheme()).toLowerCase(Locale.ROOT);
    String path = url.getRawPath();
    boolean http = scheme.equals("http");
    if ((!http && !scheme.equals("https"))
        || url.getHost() == null
        || !url.getHost().matches("[A-Za-z0-9.-]+")
        || url.getUserInfo() != null
        || (path != null && !path.isEmpty() && !path.equals("/"))
        || url.getQuery() != null
        || url.getFragment() != null) {
      throw new IllegalArgumentException(
          key + ": found " + url + ", expected an origin such as https://site.example:8443");
    }
    String host = url.getHost().toLowerCase(Locale.ROOT);
    int usual = http ? 80 : 443;
    boolean silent = url.getPort() < 0 || url.getPort() == usual;
    return scheme + "://" + host + (silent ? "" : ":" + url.getPort());
  }
}
