// What the scripts of this folder check, one line each, and their number.
let passed = 0;

export function pass(what, found) {
  console.log(`ok: ${what}: ${found}`);
  passed++;
}

export function check(what, expected, found) {
  if (expected !== found) throw new Error(`${what}: expected '${expected}', found '${found}'`);
  pass(what, found);
}

export function say(what) {
  console.log(`\n== ${what}`);
}

/** All has been checked. */
export function end() {
  console.log(`${passed} passed, 0 failed`);
}
