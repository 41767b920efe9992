#!/usr/bin/env bash
# An interactive shell in a bundle, typed at through tmux: in `oci2wasm run`, which takes the terminal, and in node, where
# the user does (`stty raw -echo`). Usage: terminal.sh [BUNDLE|DEBIAN_ROOTFS.tar], a bundle
# with a shell, sleep and stty.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
bundle=${1:-$scratch/debian.tar}
if [[ $bundle = *.tar ]]; then
  [ -s "$bundle" ] || bootstrap_debian "$bundle" || { echo "SKIPPED: the mirror serves no consistent riscv64 suite today"; exit 0; }
  debian_image "$scratch/image" "$bundle"
  bundle=$scratch/debian.wasm
  "$root/oci2wasm" convert "oci:$scratch/image:debian" --platform linux/riscv64 -o "$bundle"
fi
bundle=$(realpath "$bundle")
"$root/oci2wasm" --version > /dev/null # built, so that no build is waited for below

# A tmux server of our own; its end ends what runs in it.
tm() { tmux -f /dev/null -S "$scratch/tmux" "$@"; }
tm new-session -d -s main -x 100 -y 30 'PS1="host> " exec bash --norc --noprofile'
started+=("$(tm display-message -p '#{pid}')")

screen() { tm capture-pane -p -t main; }
# Keys by tmux's names; a literal word is typed.
keys() { tm send-keys -t main "$@"; }
shows() { screen | grep -qxE "$1"; }
await_line() {
  local until=$((SECONDS + ${2:-20}))
  until shows "$1"; do
    [ "$SECONDS" -lt "$until" ] || fail "waited in vain for the line /$1/; the screen:"$'\n'"$(screen)"
    sleep 0.2
  done
}
# sees WHAT REGEX: a line of the screen comes to match.
sees() { await_line "$2"; echo "ok: $1"; passed=$((passed + 1)); }
clear_screen() { keys 'clear' Enter; await 10 "an empty screen" bash -c "[ \"\$(tmux -f /dev/null -S '$scratch/tmux' capture-pane -p -t main | grep -c .)\" -le 1 ]"; }
host_prompt() { await_line 'host> *' 30; }

# shell_session NAME: what a user does in a shell that has just started; leaves it with exit code 7.
shell_session() {
  await_line '# *' 60
  keys "PS1='in> '" Enter
  await_line 'in> *' 60
  keys 'stty size' Enter
  sees "$1: size at the start" '30 100'
  keys "echo wrp" BSpace BSpace "orks" Enter
  sees "$1: typing, backspace" 'works'
  keys 'sleep 100' Enter
  sleep 1
  keys C-c
  await_line 'in> *'
  keys 'echo "code $?"' Enter
  sees "$1: ctrl-C interrupts" 'code 130'
  keys 'while :; do :; done' Enter
  sleep 1
  keys C-c
  await_line 'in> *'
  keys 'echo "then $?"' Enter
  sees "$1: ctrl-C interrupts what is busy" 'then 130'
}

leave_shell() {
  keys 'exit 7' Enter
  host_prompt
  keys 'echo "left with $?"' Enter
  sees "$1: the shell's exit code" 'left with 7'
}

# modes NAME: asks from inside the pane, while no line editor has changed them.
modes() {
  keys "stty -g > '$scratch/$1'" Enter
  await 10 "stty's answer" test -s "$scratch/$1"
  cat "$scratch/$1"
}

say "oci2wasm run --tty"
host_prompt
before=$(modes before)
clear_screen
keys "'$root/oci2wasm' run '$bundle' --tty sh" Enter
shell_session run
tm resize-window -t main -x 90 -y 25
keys 'until [ "$(stty size)" = "25 90" ]; do sleep 1; done; stty size' Enter
sees "run: size after a resize" '25 90'
keys "sh -c 'trap \"echo resized\" WINCH; echo armed; while :; do sleep 1; done'" Enter
await_line armed
tm resize-window -t main -x 100 -y 30
sees "run: SIGWINCH to the program inside" 'resized'
keys C-c
await_line 'in> *'
leave_shell run
check "run: the terminal as it was" "$before" "$(modes after)"
clear_screen
keys "'$root/oci2wasm' run '$bundle' --tty --memory 1 sh; echo \"error \$?\"" Enter
sees "run: an engine's error" 'error 125'
check "run: the terminal as it was after an error" "$before" "$(modes after-error)"

say "oci2wasm run --tty with bash's history"
clear_screen
keys "'$root/oci2wasm' run '$bundle' --tty bash --norc" Enter
await_line '.*[#$] *' 60
keys 'n=$((n + 1)); echo "count $n"' Enter
await_line 'count 1'
keys Up Enter
sees "run: arrow keys" 'count 2'
keys exit Enter
host_prompt

say "node with stty raw -echo"
clear_screen
keys "stty raw -echo; node --no-warnings '$root/docs/run.mjs' '$bundle' --tty sh; code=\$?; stty sane; (exit \$code)" Enter
shell_session node
leave_shell node

say "signals to oci2wasm run without a terminal"
"$root/oci2wasm" run "$bundle" sh -c 'trap "echo got TERM; exit 9" TERM; echo ready; while :; do sleep 0.1; done' \
  > "$scratch/out" < /dev/null & runner=$!
started+=("$runner")
await 60 "the container" grep -q ready "$scratch/out"
kill -TERM "$runner"
status=0
wait "$runner" || status=$?
check "the container's trap" "got TERM" "$(tail -n 1 "$scratch/out")"
check "its exit code" 9 "$status"
echo "$passed passed, 0 failed"
