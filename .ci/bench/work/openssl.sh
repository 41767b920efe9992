# openssl, digests and ciphers of 20 MB
yes "some text to work on" | head -c 20000000 > /tmp/text
for kind in sha256 sha512 sha1 md5; do
  for i in 1 2 3; do openssl dgst -$kind -r < /tmp/text; done
done
for kind in chacha20 aes-128-ctr aes-128-cbc; do
  openssl enc -$kind -K 000102030405060708090a0b0c0d0e0f -iv 000102030405060708090a0b0c0d0e0f -nosalt < /tmp/text | cksum
done
