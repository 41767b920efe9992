#!/bin/sh
# Fails when an option asked for is not in the final configuration: check-config.sh CONFIG FRAGMENT...
#
# olddefconfig drops an option whose dependencies are not met without a word; programs would meet it much later.
set -eu

config=$1
shift
missing=0
while read -r line; do
  case $line in
    CONFIG_*) grep -qxF -- "$line" "$config" || { echo "$config: asked for '$line', not granted" >&2; missing=1; } ;;
    '# CONFIG_'*' is not set')
      name=${line#\# }
      name=${name% is not set}
      if grep -q "^$name=" "$config"; then echo "$config: asked for no $name, but it is set" >&2; missing=1; fi ;;
  esac
done <<LINES
$(cat "$@")
LINES
exit $missing
