#!/usr/bin/env bash
# A newcomer's way: the README's commands from nothing to an image in a browser, as they are written there. Only the
# registry's port is another. Run in a fresh clone, it tells how long that takes.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
registry=localhost:$(free_port)
began=$SECONDS

# The indented lines under the heading, without comments.
mapfile -t commands < <(sed -n '/^### An image in a browser/,/^## /p' "$root/README.md" | sed -n 's/^    \([^#]\)/\1/p' | sed "s/localhost:5000/$registry/g")
check "commands" 3 "${#commands[@]}"
printf '%s\n' "${commands[@]}"

say "a registry and an image"
printf 'version: 0.1\nlog: {level: warn}\nstorage: {filesystem: {rootdirectory: %s}}\nhttp: {addr: "%s"}\n' \
  "$scratch/registry" "$registry" > "$scratch/registry.yml"
docker-registry serve "$scratch/registry.yml" > "$scratch/registry.log" 2>&1 & started+=($!)
await 20 "the registry" curl -fsS "http://$registry/v2/"
skopeo copy --quiet "oci:$root/cli/src/main/resources/sample:latest" "oci:$scratch/image:app"
umoci config --image "$scratch/image:app" --config.cmd /bin/sh
skopeo copy --quiet "oci:$scratch/image:app" "docker-archive:$scratch/app.tar:app:1"

say "the commands"
ln -s "$root/oci2wasm" "$scratch/oci2wasm"
cd "$scratch"
export XDG_DATA_HOME=$scratch/data
bash -c "exec ${commands[0]}" > up.log 2>&1 & started+=($!)
await 900 "oci2wasm to be up" grep -q "oci2wasm is up at http://127.0.0.1:8080" up.log
echo "# up after $((SECONDS - began)) s"
bash -c "${commands[1]}"
bash -c "${commands[2]}" 2> convert.log || { cat convert.log; fail "convert ended with an error"; }
page=$(sed -n 's/^in a browser: //p' convert.log)
echo "# the address after $((SECONDS - began)) s: $page"
PAGE=$page timeout 300 node "$root/.ci/browser/first_steps.mjs"
echo "# a terminal after $((SECONDS - began)) s"
