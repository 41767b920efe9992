#!/usr/bin/env bash
# Bundles pushed back: Debian's docker-registry (no referrers API) notifies `oci2wasm up`, which pushes each bundle into the
# repository of its image, and tags it. The artifact is found through its subject, pulled by digest with skopeo, and booted in
# node. Its attestation is verified with openssl, and with sigstore's library where npm answers. It is found by its tag, too:
# an image for WASI, or an index of such.
source "$(dirname "${BASH_SOURCE[0]}")/pipeline.sh"
export OCI2WASM_DELIVERY_IMAGES="$registry/ci/**" OCI2WASM_DELIVERY_TAG="{tag}-wasm"
say "a key, as docs/SECURITY.md makes it"
(
  cd "$scratch"
  umask 077
  openssl ecparam -name prime256v1 -genkey -noout | openssl pkcs8 -topk8 -nocrypt > signing.pem
  openssl pkey -in signing.pem -pubout | tee signing.pub >> signing.pem
)
export OCI2WASM_DELIVERY_SIGNING_KEY_FILE=$scratch/signing.pem
sigstore=
if npm view @sigstore/core version > /dev/null 2>&1; then
  npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$scratch/sigstore" @sigstore/core@4
  sigstore=$scratch/sigstore
fi
start_pipeline
python3 "$root/.ci/make_images.py" "$root/cli/src/main/resources/sample" "$scratch/images"

raw() { skopeo inspect --raw --tls-verify=false "docker://$registry/$1"; }
tags() { curl -fsS "http://$registry/v2/$1/tags/list" | jq -r '.tags | sort | join(" ")'; }
# revisions REPOSITORY: the digests of all manifests and indexes that the registry keeps there.
revisions() {
  find "$scratch/registry/docker/registry/v2/repositories/$1/_manifests/revisions" -name link -exec cat {} \; -exec echo \; | sort
}
events() { curl -fsS "$api/metrics" | sed -n "s/^$1 \([0-9]*\).*/\1/p"; }
deliveries() { events "oci2wasm_deliveries_total{result=\"$1\"}"; }
requests() { curl -fsS "$api/api/v1/conversions?limit=500" | jq '[.items[].requestId] | unique | length'; }

# delivered REPOSITORY SUBJECT: checks the index of what names SUBJECT, the one artifact in it, and that its module boots;
# sets `artifact` to its digest,
# and artifact_manifest and module to their files.
delivered() {
  local tag=${2/:/-} manifest out status=0
  await 60 "$1 to be delivered" raw "$1:$tag"
  raw "$1:$tag" > "$scratch/index.json"
  check "index under $tag" "application/vnd.oci.image.index.v1+json 1 application/vnd.wasm.config.v0+json" \
    "$(jq -r '"\(.mediaType) \(.manifests | length) \(.manifests[0].artifactType)"' "$scratch/index.json")"
  artifact=$(jq -r '.manifests[0].digest' "$scratch/index.json")
  rm -rf "$scratch/artifact"
  skopeo copy --quiet --src-tls-verify=false "docker://$registry/$1@$artifact" "oci:$scratch/artifact"
  manifest=$(jq -r '.manifests[0].digest' "$scratch/artifact/index.json")
  check "pulled by digest, unchanged" "$artifact" "$manifest"
  manifest=$scratch/artifact/blobs/${manifest/://}
  artifact_manifest=$manifest
  check "subject" "$2" "$(jq -r .subject.digest "$manifest")"
  check "config and layers" "application/vnd.oci.image.config.v1+json application/wasm" \
    "$(jq -r '"\(.config.mediaType) \([.layers[].mediaType] | join(","))"' "$manifest")"
  check "the config is of an image for WASI" "wasip1 wasm /bundle.wasm []" \
    "$(jq -r '"\(.os) \(.architecture) \(.config.Entrypoint | join(" ")) \(.rootfs.diff_ids)"' \
      "$scratch/artifact/blobs/$(jq -r .config.digest "$manifest" | tr : /)")"
  module=$scratch/artifact/blobs/$(jq -r '.layers[0].digest' "$manifest" | tr : /)
  out=$(node --no-warnings "$root/docs/run.mjs" "$module" sh -c 'echo "hi from $(uname -m)"; exit 3' < /dev/null) || status=$?
  check "the artifact boots" "hi from riscv64, 3" "$out, $status"
}

# attested REPOSITORY SUBJECT: checks the attestation of `artifact`, which pushback made of SUBJECT.
attested() {
  local tag=${artifact/:/-}.att manifest envelope type
  await 60 "the attestation of $artifact" raw "$1:$tag"
  rm -rf "$scratch/attestation"
  skopeo copy --quiet --src-tls-verify=false "docker://$registry/$1:$tag" "oci:$scratch/attestation"
  manifest=$scratch/attestation/blobs/$(jq -r '.manifests[0].digest' "$scratch/attestation/index.json" | tr : /)
  check "attestations" "2 application/vnd.dsse.envelope.v1+json https://slsa.dev/provenance/v1 https://cyclonedx.org/bom" \
    "$(jq -r '"\(.layers | length) \(.layers[0].mediaType) \([.layers[].annotations.predicateType] | join(" "))"' "$manifest")"
  envelope=$scratch/attestation/blobs/$(jq -r '.layers[1].digest' "$manifest" | tr : /)
  check "the bill of materials speaks of artifact and image" "$artifact CycloneDX $2" \
    "$(jq -r .payload "$envelope" | base64 -d | jq -r '"sha256:\(.subject[0].digest.sha256) \(.predicate.bomFormat) \(.predicate.metadata.component.version)"')"
  envelope=$scratch/attestation/blobs/$(jq -r '.layers[0].digest' "$manifest" | tr : /)
  jq -r .payload "$envelope" | base64 -d > "$scratch/statement.json"
  check "it speaks of artifact, module and image" "$artifact sha256:$(sha256sum < "$module" | cut -d' ' -f1) $2" \
    "$(jq -r '"\([.subject[].digest.sha256 | "sha256:" + .] | join(" ")) \(.predicate.buildDefinition.externalParameters.image)"' \
      "$scratch/statement.json")"
  type=$(jq -r .payloadType "$envelope")
  { printf 'DSSEv1 %d %s %d ' ${#type} "$type" "$(stat -c %s "$scratch/statement.json")"; cat "$scratch/statement.json"; } \
    > "$scratch/signed"
  jq -r '.signatures[0].sig' "$envelope" | base64 -d > "$scratch/signature"
  check "openssl" "Verified OK" \
    "$(openssl dgst -sha256 -verify "$scratch/signing.pub" -signature "$scratch/signature" "$scratch/signed")"
  if [ -n "$sigstore" ]; then
    check "sigstore's library; the same with another payload" "true false" \
      "$(NODE_PATH=$sigstore/node_modules node "$root/.ci/verify_envelope.cjs" "$envelope" "$scratch/signing.pub")"
  fi
}

say "one image, its bundle beside it"
push "oci:$scratch/images:single" "docker://$registry/ci/app:1"
subject=$(skopeo inspect --tls-verify=false --format '{{.Digest}}' "docker://$registry/ci/app:1")
await 60 "ci/app to settle" settled ci/app 1
delivered ci/app "$subject"
attested ci/app "$subject"

say "the tag names the image, as a machine for WASI pulls it"
check "1-wasm" "$artifact" "$(skopeo inspect --tls-verify=false --override-os wasip1 --override-arch wasm --format '{{.Digest}}' \
  "docker://$registry/ci/app:1-wasm")"
skopeo copy --quiet --src-tls-verify=false --override-os wasip1 --override-arch wasm "docker://$registry/ci/app:1-wasm" \
  "dir:$scratch/tagged"
check "its layer is the module" "$(sha256sum < "$module")" "$(sha256sum < "$scratch/tagged/$(basename "$module")")"

say "the registry has these and no more, and the push raised nothing"
index=$(sha256sum < "$scratch/index.json" | cut -d' ' -f1)
check "tags" "$(printf '%s\n' 1 1-wasm "${subject/:/-}" "${artifact/:/-}.att" | LC_ALL=C sort | xargs)" "$(tags ci/app)"
attestation=$(jq -r '.manifests[0].digest' "$scratch/attestation/index.json")
check "manifests" "$(printf '%s\n' "$subject" "$artifact" "sha256:$index" "$attestation" | sort)" "$(revisions ci/app)"
ignored() {
  [ "$(curl -fsS "$api/metrics" | awk '/^oci2wasm_webhook_events_total[{].*result="ignored",sender="distribution"/ { sum += $NF }
    END { print sum + 0 }')" -ge 4 ]
}
await 30 "the webhooks of artifact, tag, index and attestation to be ignored" ignored
check "requests" 1 "$(requests)"
check "conversions" 1 "$(conversions ci/app '.items | length')"

say "the same push again delivers nothing again"
before=$(revisions ci/app)
push "oci:$scratch/images:single" "docker://$registry/ci/app:1"
await 60 "ci/app to settle again" settled ci/app 2
again() { [ "$(deliveries present)" = 1 ]; }
await 60 "the second delivery" again
check "deliveries pushed" 1 "$(deliveries pushed)"
check "manifests" "$before" "$(revisions ci/app)"

say "an index: the subject is the platform's manifest"
push --all "oci:$scratch/images:multi" "docker://$registry/ci/multi:1"
await 60 "ci/multi to settle" settled ci/multi 2
delivered ci/multi "$(conversions ci/multi '[.items[] | select(.state == "built")][0].manifestDigest')"
attested ci/multi "$(jq -r .subject.digest "$artifact_manifest")"
check "its tag names an index" "application/vnd.oci.image.index.v1+json linux/riscv64 $artifact" \
  "$(raw ci/multi:1-wasm | jq -r '"\(.mediaType) \(.manifests[] | "\(.platform.os)/\(.platform.architecture) \(.digest)")"')"
check "of the image that was pushed" "$(skopeo inspect --raw --tls-verify=false "docker://$registry/ci/multi:1" | sha256sum | cut -d' ' -f1)" \
  "$(raw ci/multi:1-wasm | jq -r '.annotations["io.oci2wasm.image"]' | cut -d: -f2)"

skipped() { conversions ci/multi '[.items[] | select(.image.tag == "1-wasm") | "\(.state) \(.reason)"] | unique | join(" ")'; }
settled_tag() { [ "$(skipped)" = "skipped not-an-image" ]; }
await 60 "the index that the tag names to be skipped" settled_tag

say "a tag that is an image's already stays"
push "oci:$scratch/images:single" "docker://$registry/ci/taken:1-wasm"
await 60 "ci/taken:1-wasm to settle" settled ci/taken 1
push "oci:$scratch/images:single" "docker://$registry/ci/taken:1"
failed() { curl -fsS "$api/api/v1/dead-letters?repository=ci/taken" | jq -e '.items | length == 1' > /dev/null; }
await 60 "the dead letter" failed
check "why" "deliver push-refused" "$(curl -fsS "$api/api/v1/dead-letters?repository=ci/taken" | jq -r '.items[0] | "\(.stage) \(.reason)"')"
check "the image's tag" "$(skopeo inspect --tls-verify=false --format '{{.Digest}}' "docker://$registry/ci/taken:1")" \
  "$(skopeo inspect --tls-verify=false --format '{{.Digest}}' "docker://$registry/ci/taken:1-wasm")"

say "a repository that is not named gets nothing"
push "oci:$scratch/images:single" "docker://$registry/other/app:1"
await 60 "other/app to settle" settled other/app 1
push "oci:$scratch/images:single" "docker://$registry/ci/last:1"
subject=$(skopeo inspect --tls-verify=false --format '{{.Digest}}' "docker://$registry/ci/last:1")
await 60 "ci/last to be delivered" raw "ci/last:${subject/:/-}"
check "tags" 1 "$(tags other/app)"
raised() { conversions "$1" '[.items[] | select((.image.tag // "" | startswith("sha256-"))
  or (.reason == "not-an-image" and .image.tag != "1-wasm"))] | length'; }
check "requests that artifacts raised" "0 0 0" "$(raised ci/app) $(raised ci/multi) $(raised ci/last)"
check "dead letters" 1 "$(curl -fsS "$api/api/v1/dead-letters" | jq '.items | length')"
echo "$passed passed, 0 failed"
