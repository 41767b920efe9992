# node, its own compilers: numbers, objects and words
node -e '
function collatz(limit) {
  let best = 0, at = 0;
  for (let i = 1; i < limit; i++) {
    let n = i, steps = 0;
    while (n !== 1) {
      n = n % 2 ? 3 * n + 1 : n / 2;
      steps++;
    }
    if (steps > best) {
      best = steps;
      at = i;
    }
  }
  return `${at}:${best}`;
}
class Point {
  constructor(x, y) {
    this.x = x;
    this.y = y;
  }
  add(other) {
    return new Point(this.x + other.x, this.y + other.y);
  }
}
let point = new Point(0, 0);
for (let i = 0; i < 3000000; i++)
  point = point.add(new Point(i & 7, 1));
const words = {};
for (let i = 0; i < 300000; i++) {
  const word = `w${i * 7919 % 1009}`;
  words[word] = (words[word] || 0) + 1;
}
console.log(collatz(600000), point.x, point.y, Object.keys(words).length);'
