#!/usr/bin/env bash
# Single sign-on with an OpenID provider that is not ours (npm's oidc-provider), in headless Chromium and for machines.
# Usage: oidc.sh
source "$(dirname "${BASH_SOURCE[0]}")/pipeline.sh"
provider=http://127.0.0.1:$(free_port)
say "the provider at $provider"
mkdir "$scratch/provider"
cp "$root/.ci/browser/provider.mjs" "$scratch/provider"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$scratch/provider" oidc-provider@9
printf 'secret-of-the-client' > "$scratch/client-secret"
node "$scratch/provider/provider.mjs" "$provider" "$api/api/v1/session/oidc/callback" "$scratch/client-secret" \
  > "$scratch/provider.log" 2>&1 & started+=($!)
await 20 "the provider" curl -fsS "$provider/.well-known/openid-configuration"

cat > "$scratch/config.yaml" <<YAML
gateway:
  oidc:
    issuer: $provider
    clientId: oci2wasm
    clientSecretFile: $scratch/client-secret
    url: $api/
    audience: $api/api/
    name: Team login
    nameClaim: name
    roles: {platform: admin, everyone: viewer}
YAML
more=(--config "$scratch/config.yaml")
start_pipeline
GATEWAY=$api PROVIDER=$provider SECRET=$(cat "$scratch/client-secret") timeout 120 node "$root/.ci/browser/oidc.mjs"
