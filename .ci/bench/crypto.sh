# What cryptography and a shell's loop cost, for bench.sh crypto: a line for each kind says its name, nanoseconds (of 16 KB, of
# one signature, of 20,000 rounds), and - in place of a result.
for kind in aes-128-gcm aes-128-cbc chacha20 chacha20-poly1305 sha256; do
  openssl speed -mr -elapsed -seconds 1 -bytes 16384 -evp $kind 2> /dev/null |
    awk -F : -v kind=$kind '$1 == "+F" { printf "%s, 16 KB\t%.0f\t-\n", kind, 16384e9 / $4 }'
done
openssl speed -mr -elapsed -seconds 3 rsa2048 2> /dev/null |
  awk -F : '$1 == "+F2" { printf "RSA-2048, signing\t%.0f\t-\nRSA-2048, verifying\t%.0f\t-\n", 1e9 / $4, 1e9 / $5 }'
start=$(date +%s%N)
i=0
while [ $i -lt 20000 ]; do i=$((i + 1)); done
printf "loop of sh\t%d\t-\n" $(($(date +%s%N) - start))
