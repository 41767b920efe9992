# python3, five bodies for 60,000 steps
python3 -c '
def advance(bodies, pairs, dt, steps):
    for _ in range(steps):
        for (p, v, m), (q, w, n) in pairs:
            x, y, z = p[0] - q[0], p[1] - q[1], p[2] - q[2]
            pull = dt / (x * x + y * y + z * z) ** 1.5
            for i, d in enumerate((x, y, z)):
                v[i] -= d * n * pull
                w[i] += d * m * pull
        for p, v, _ in bodies:
            for i in range(3):
                p[i] += dt * v[i]

bodies = [([float(k * k), k * 1.5, 2.0 - k], [0.1 * k, 0.0, -0.05 * k], 1.0 + k) for k in range(5)]
pairs = [(a, b) for i, a in enumerate(bodies) for b in bodies[i + 1:]]
advance(bodies, pairs, 0.001, 60_000)
print(" ".join("%.6f" % x for p, _, _ in bodies for x in p))'
