// verify_envelope.cjs ENVELOPE PUBLIC_KEY: whether sigstore's library verifies the envelope, and whether it verifies the same
// signature for another payload.
const { crypto, dsse } = require('@sigstore/core');
const { readFileSync } = require('node:fs');

const envelope = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const key = crypto.createPublicKey(readFileSync(process.argv[3], 'utf8'));
const signature = Buffer.from(envelope.signatures[0].sig, 'base64');
const payload = Buffer.from(envelope.payload, 'base64');
const other = Buffer.concat([payload, Buffer.from(' ')]);
const results = [payload, other].map((content) =>
  crypto.verify(dsse.preAuthEncoding(envelope.payloadType, content), key, signature, 'sha256'));
console.log(results.join(' '));
