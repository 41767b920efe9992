package io.oci2wasm.ingest.source.registry;

import io.oci2wasm.api.Reason;
import io.oci2wasm.api.RejectedException;
import java.io.IOException;
import java.net.URI;
import java.security.cert.CertificateException;
import java.util.Locale;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.apache.hc.client5.http.classic.methods.HttpUriRequestBase;
import org.jspecify.annotations.Nullable;

/**
 * What a registry may send us to: blob redirects and token realms on hosts that nobody named are
 * followed over HTTPS only, and never to an address that only this machine or its network can
 * reach. Otherwise a pushed image could make us a client of internal services.
 */
final class OtherHosts {
  private final RegistryAccess access;
  private final Http http;

  OtherHosts(RegistryAccess access, Http http) {
    this.access = access;
    this.http = http;
  }

  /**
   * Sends {@code request} to {@code from} itself, or to where {@code from} sent us if that may be
   * contacted.
   *
   * @param what what is being followed, e.g. {@code redirect}
   * @throws RejectedException {@link Reason#REGISTRY_NOT_ALLOWED}, or {@link
   *     Reason#REGISTRY_UNTRUSTED} if the host cannot prove its name
   * @throws IOException if the host's name cannot be resolved, or it does not answer
   */
  HttpAnswer send(RegistryHost from, String what, URI target, HttpUriRequestBase request)
      throws RejectedException, IOException {
    checkAddress(from, what, target);
    try {
      return http.send(request, from.name(), isNamed(from, target));
    } catch (InternalAddressException e) {
      throw refused(from, what, target, String.valueOf(e.getMessage()), "a public address");
    } catch (SSLException e) {
      if (isUntrusted(e)) {
        throw new RejectedException(
            Reason.REGISTRY_UNTRUSTED,
            String.format(
                "connecting to %s://%s for registry %s: found a certificate that is not"
                    + " trusted (%s), expected one for this host by a known authority; name the"
                    + " authority's certificate as registries.caFile (--ca-file), or renew it",
                target.getScheme(), target.getRawAuthority(), from.name(), e.getMessage()),
            e);
      }
      throw e;
    }
  }

  /** Whether somebody named this very host, so that a private address behind it is meant. */
  private boolean isNamed(RegistryHost from, URI target) {
    return from.serves(target) || access.isNamed(RegistryHost.authority(target));
  }

  private void checkAddress(RegistryHost from, String what, URI target) throws RejectedException {
    if (from.serves(target)) {
      return;
    }
    String scheme = String.valueOf(target.getScheme()).toLowerCase(Locale.ROOT);
    if (target.getHost() == null || target.getRawUserInfo() != null) {
      throw refused(from, what, target, "an address without a plain host name", "HOST[:PORT]");
    }
    if (!scheme.equals("https")
        && !(scheme.equals("http") && access.isInsecure(RegistryHost.authority(target)))) {
      throw refused(from, what, target, "scheme " + scheme, "https, as the host is not insecure");
    }
  }

  /** Told by types: a handshake that merely broke off has no certificate to blame. */
  private static boolean isUntrusted(SSLException e) {
    if (e instanceof SSLPeerUnverifiedException) {
      return true;
    }
    for (@Nullable Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof CertificateException) {
        return true;
      }
    }
    return false;
  }

  private static RejectedException refused(
      RegistryHost from, String what, URI target, String found, String expected) {
    return new RejectedException(
        Reason.REGISTRY_NOT_ALLOWED,
        String.format(
            "following a %s of registry %s to %s://%s: found %s, expected %s; allow that"
                + " host by name if it is meant",
            what, from.name(), target.getScheme(), target.getRawAuthority(), found, expected));
  }
}
