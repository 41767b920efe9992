package io.oci2wasm.api.oci;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.Sha256Digest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** Documents from a registry are read, or refused as rejected: nothing else comes out. */
class OciDocumentsFuzz {
  private static final String DIGEST = "sha256:" + "0".repeat(64);
  private static final String MANIFEST =
      ("{'schemaVersion':2,'mediaType':'" + MediaTypes.OCI_MANIFEST + "','config':{'mediaType':")
          + ("'application/vnd.oci.image.config.v1+json','digest':'" + DIGEST + "','size':2},")
          + ("'layers':[{'mediaType':'" + MediaTypes.OCI_LAYER + "','digest':'" + DIGEST)
          + "','size':10}],'annotations':{'a':'b'}}";
  private static final String INDEX =
      ("{'schemaVersion':2,'mediaType':'" + MediaTypes.OCI_INDEX + "','manifests':[{'mediaType':'")
          + (MediaTypes.OCI_MANIFEST + "','digest':'" + DIGEST + "','size':400,'platform':{'os':")
          + "'linux','architecture':'arm64','variant':'v8'}},{'mediaType':'"
          + (MediaTypes.OCI_INDEX + "','digest':'" + DIGEST.replace('0', '1') + "','size':9}]}");
  private static final String CONFIG =
      "{'os':'linux','architecture':'riscv64','config':{'Env':['A=b'],'Cmd':['sh'],'Entrypoint':"
          + "null,'WorkingDir':'/','User':'0:0','Volumes':{'/data':{}},'StopSignal':'SIGTERM'},"
          + ("'rootfs':{'type':'layers','diff_ids':['" + DIGEST + "']}}");

  static Stream<byte[]> documents() {
    return Stream.of(MANIFEST, INDEX, CONFIG, "", "{}", "[]", "{'schemaVersion':1}")
        .map(text -> text.replace('\'', '"').getBytes(UTF_8));
  }

  @MethodSource("documents")
  @FuzzTest
  void shouldReadOrRefuse(byte[] document) throws IOException {
    read(MediaTypes.OCI_MANIFEST, document, OciDocuments::manifest);
    read(MediaTypes.OCI_INDEX, document, OciDocuments::index);
    read("application/vnd.oci.image.config.v1+json", document, OciDocuments::config);
    walk(MediaTypes.OCI_MANIFEST, document);
    walk(MediaTypes.OCI_INDEX, document);
  }

  private interface Reader {
    Object read(Descriptor descriptor, byte[] document) throws RejectedException;
  }

  private static void read(String mediaType, byte[] document, Reader reader) {
    try {
      // What was read must also have a text form, as messages use it.
      String unused = String.valueOf(reader.read(descriptor(mediaType, document), document));
    } catch (RejectedException refused) {
      String unused = refused.getMessage();
    }
  }

  /** Every manifest is this document, so that indexes nest in themselves. */
  private static void walk(String mediaType, byte[] document) throws IOException {
    ImageContent content =
        new ImageContent() {
          @Override
          public byte[] manifest(Descriptor descriptor) {
            return document;
          }

          @Override
          public InputStream blob(Descriptor descriptor) {
            return new ByteArrayInputStream(document);
          }
        };
    try {
      String unused =
          String.valueOf(
              ImageWalk.walk(descriptor(mediaType, document), content, platform -> true));
    } catch (RejectedException refused) {
      String unused = refused.getMessage();
    }
  }

  private static Descriptor descriptor(String mediaType, byte[] document) {
    return new Descriptor(mediaType, Sha256Digest.of(document), document.length);
  }
}
