# gcc -O2 of 3,000 lines
seq 1 250 | while read -r n; do
  echo "static unsigned table$n[64];
unsigned mix$n(unsigned a, unsigned b) {
  for (int i = 0; i < 64; i++) {
    a = (a << 5 | a >> 27) ^ (b + table$n[i]);
    if (a & 1)
      b += a * ${n}u;
    else
      table$n[a % 64] = b ^ (a >> 3);
  }
  return a + b;
}
"
done > /tmp/work.c
gcc -O2 -S -o - /tmp/work.c | grep -c '^mix'
