#!/usr/bin/env bash
# The drills of docs/OPERATIONS.md, on a pipeline with a real registry: the machine is lost and restored from a backup, and the data
# of a version before is taken over, with H2 and with PostgreSQL.
# Usage: drills.sh [restore|upgrade]…, both by default; drills.sh fixture: writes such data anew (.ci/drills/README.md).
source "$(dirname "${BASH_SOURCE[0]}")/pipeline.sh"
fixture=$root/.ci/drills
postgres_bin=$(find_postgres)

# stop SIGNAL: ends `oci2wasm up`, which is what was started last.
stop() {
  kill -"$1" "${started[-1]}"
  wait "${started[-1]}" || true
  unset 'started[-1]'
}

# shown FILTER…: what the API tells of the conversions that FILTER selects, in one order.
shown() {
  curl -fsS "$api/api/v1/conversions?limit=100" |
    jq -S "[.items[] | select(${1:-true}) | {id, conversionId, repository: .image.repository, tag: .image.tag, platform, state}] | sort_by(.id)"
}

# bundle REPOSITORY: the digest of what is downloaded of its only bundle.
bundle() { curl -fsS "$api/api/v1/bundles/$(built_ids "$1")" | sha256sum; }

# deliver REPOSITORY: pushes the image and waits until it is built.
deliver() {
  push "oci:$scratch/images:single" "docker://$registry/$1:1"
  await 120 "$1 to settle" settled "$1" 1
  check "$1" built "$(conversions "$1" '.items[0].state')"
}

# unpack ARCHIVE: its data folder, instead of the one that is there.
unpack() {
  rm -rf "$scratch/data"
  tar -C "$scratch" -xf "$1"
}

restore() {
  say "restore: a backup"
  start_oci2wasm
  deliver drill/kept
  local before sum
  before=$(shown) sum=$(bundle drill/kept)
  stop TERM
  tar -C "$scratch" -czf "$scratch/backup.tar.gz" data

  say "restore: work goes on, then the machine is lost"
  start_oci2wasm
  deliver drill/later
  stop KILL
  rm -rf "$scratch/data"

  say "restore: from the backup, and from the registry what is newer"
  unpack "$scratch/backup.tar.gz"
  start_oci2wasm
  check "what the API shows" "$before" "$(shown)"
  check "a bundle of the backup" "$sum" "$(bundle drill/kept)"
  "$root/oci2wasm" scan --gateway "$api" --registry "$registry" --wait > "$scratch/scan.log" 2>&1
  await 60 "what was pushed after the backup" settled drill/later 1
  check "what was pushed after the backup" built "$(conversions drill/later '.items[0].state')"
  deliver drill/after
  stop TERM
  rm -rf "$scratch/data"
}

# taken_over NAME: the data that was unpacked shows what it showed, and work goes on.
taken_over() {
  start_oci2wasm
  check "what the API shows, with $1" "$(jq -S . "$fixture/shown.json")" "$(shown '.image.repository | startswith("drill/before")')"
  deliver "drill/${1,,}"
  stop TERM
}

# on_postgres NAME: `up` keeps its state in this database.
on_postgres() {
  [ -n "${postgres_port-}" ] || { postgres_port=$(free_port) && start_postgres "$postgres_bin" "$postgres_port"; }
  "$postgres_bin/createdb" -h 127.0.0.1 -p "$postgres_port" -U oci2wasm "$1"
  printf 'gateway: {database: {url: "jdbc:postgresql://127.0.0.1:%s/%s", user: oci2wasm}}\n' "$postgres_port" "$1" > "$scratch/oci2wasm.yaml"
  more=(--config "$scratch/oci2wasm.yaml")
}

upgrade() {
  say "upgrade: a data folder of a version before, with H2"
  unpack "$fixture/data.tar.xz"
  taken_over H2

  say "upgrade: the same with PostgreSQL, whose state is restored from a dump"
  unpack "$fixture/data.tar.xz"
  rm -rf "$scratch/data/state"
  on_postgres upgraded
  xz -dc "$fixture/state.sql.xz" | "$postgres_bin/psql" -q -v ON_ERROR_STOP=1 -h 127.0.0.1 -p "$postgres_port" -U oci2wasm upgraded > /dev/null
  taken_over PostgreSQL
  more=()
}

computed() { [ "$(jq -S . "$fixture/shown.json")" = "$(shown)" ]; }

fixture() {
  say "fixture: a data folder, with H2"
  start_oci2wasm
  deliver drill/before
  push "oci:$scratch/images:single" "docker://$registry/drill/before-too:1"
  await 120 "drill/before-too to settle" settled drill/before-too 1
  shown > "$fixture/shown.json"
  stop TERM
  tar -C "$scratch" --sparse --exclude='data/s3*' -cJf "$fixture/data.tar.xz" data

  say "fixture: the same state in PostgreSQL"
  rm -rf "$scratch/data"
  unpack "$fixture/data.tar.xz"
  on_postgres before
  start_oci2wasm
  await 60 "the state to be computed" computed
  stop TERM
  "$postgres_bin/pg_dump" -h 127.0.0.1 -p "$postgres_port" -U oci2wasm --no-owner before | xz > "$fixture/state.sql.xz"
  du -h "$fixture"/*
}

python3 "$root/.ci/make_images.py" "$root/cli/src/main/resources/sample" "$scratch/images"
start_registry
for drill in "${@:-restore upgrade}"; do
  for each in $drill; do "$each"; done
done
echo "$passed passed, 0 failed, after $SECONDS s"
