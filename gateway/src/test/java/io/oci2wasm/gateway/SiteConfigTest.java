package io.oci2wasm.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SiteConfigTest {
  private static final URI DASHBOARD = URI.create("https://gateway.example");

  @Test
  void shouldWriteOriginsAsBrowsersDo() {
    SiteConfig config =
        new SiteConfig(8081, URI.create("http://Sites.Example:80/"), URI.create("https://g:8443"));

    assertThat(config.urlOrigin()).isEqualTo("http://sites.example");
    assertThat(config.dashboardOrigin()).isEqualTo("https://g:8443");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "https://gateway.example",
        "https://gateway.example:443/",
        "https://GATEWAY.example"
      })
  void shouldRefuseTheDashboardsOrigin(String url) {
    assertThatThrownBy(() -> new SiteConfig(null, URI.create(url), DASHBOARD))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "url: found "
                + url
                + ", which is the dashboard's, expected another name or port: the site of a"
                + " container must not share the origin of the token");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "sites.example",
        "ftp://sites.example",
        "https://sites.example/path",
        "https://user@sites.example",
        "https://sites.example?a",
        "https://sites.example#a",
        "https://[::1]:8443"
      })
  void shouldRefuseWhatIsNoOrigin(String url) {
    assertThatThrownBy(() -> new SiteConfig(null, URI.create(url), DASHBOARD))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("url: found " + url + ", expected an origin such as https://site.example:8443");
  }

  @Test
  void shouldWantBothOrigins() {
    assertThatThrownBy(() -> new SiteConfig(null, null, DASHBOARD))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("site: found dashboard alone, expected both url and dashboard, or none");
  }

  @Test
  void shouldWantThePortThatAProxyLeadsTo() {
    URI url = URI.create("https://sites.example");

    assertThatThrownBy(() -> new SiteConfig(null, url, DASHBOARD))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("port: found none beside url");
  }

  @ParameterizedTest
  @CsvSource({"-1", "65536"})
  void shouldRefuseWhatIsNoPort(int port) {
    assertThatThrownBy(() -> new SiteConfig(port, null, null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("port: found " + port + ", expected 0 to 65535");
  }
}
