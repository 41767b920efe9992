package io.oci2wasm.ingest.delivery;

/** Signs attestations with one key, which it may have or only reach. */
interface Signer {
  /** SHA-256 of the public key as SubjectPublicKeyInfo, in hex. */
  String id();

  /**
   * Signs with SHA-256 (RSA by PKCS #1 v1.5, ECDSA in DER form), or with Ed25519.
   *
   * @throws SignerException if there is no signature now
   */
  byte[] sign(byte[] message) throws SignerException;
}
