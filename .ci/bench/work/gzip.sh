# gzip -9 of 20 MB
seq 1 2800000 | gzip -9 | wc -c
