#!/usr/bin/env python3
"""million_table.py H2.tsv POSTGRESQL.tsv [LIMIT_MS]: one table of what MillionBenchmark printed for each. Ends with 1 where the limit
is given and a 95th percentile is over it."""
import sys


def read(path):
    with open(path, encoding='utf-8') as lines:
        rows = [line.rstrip('\n').split('\t') for line in lines]
    return {name: (float(median), float(high)) for name, median, high, _ in rows}


def main():
    h2, postgres = read(sys.argv[1]), read(sys.argv[2])
    limit = float(sys.argv[3]) if len(sys.argv) > 3 else None
    if not h2 or h2.keys() != postgres.keys():
        sys.exit(f'found other questions for H2 than for PostgreSQL: {sorted(h2.keys() ^ postgres.keys())}')
    over = 0
    print(f'{"":44} {"H2":>9} {"":>9} {"PostgreSQL":>11} {"":>7}')
    print(f'{"question":44} {"p50":>9} {"p95":>9} {"p50":>11} {"p95":>7}')
    for name, (median, high) in h2.items():
        other_median, other_high = postgres[name]
        slow = limit is not None and max(high, other_high) > limit
        over += slow
        print(f'{name:44} {median:9.1f} {high:9.1f} {other_median:11.1f} {other_high:7.1f}{"  over" if slow else ""}')
    print(f'{len(h2)} questions' + ('' if limit is None else f', {over} over {limit:g} ms'))
    return 1 if over else 0


if __name__ == '__main__':
    sys.exit(main())
