# xz -1 of 20 MB
seq 1 2800000 | xz -1 | wc -c
