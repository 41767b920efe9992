# python3, a sum of 3 million squares
python3 -c 'print(sum(i * i for i in range(3_000_000)))'
