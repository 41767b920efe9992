// Tables of AES.
#ifndef CPU_X86_64_EXECUTE_SSE_CRYPTO_H
#define CPU_X86_64_EXECUTE_SSE_CRYPTO_H

// Once, before anything is executed.
void x86_crypto_init(void);

#endif
