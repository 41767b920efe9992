# Tests run natively under ASan and UBSan. `make test` needs clang, riscv64 binutils and gcc, QEMU's user mode and node;
# `make test-boot` also a kernel and an initramfs (KERNEL=, INITRAMFS=) and mkfs.erofs.

# Memory from host_allocate lives as long as the program: leaks are no finding.
export ASAN_OPTIONS = detect_leaks=0
SANITIZE = -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
# Enough for the lines in a report; a debugger wants -g, which takes a fifth longer.
TEST_DEBUG ?= -gline-tables-only
TEST_CFLAGS = $(CFLAGS) -O1 $(TEST_DEBUG) $(SANITIZE) -D_GNU_SOURCE -Itest -Wno-unused-function
TEST_SOURCES = $(SHARED) host/native/host_native.c host/native/files.c
TEST_OUT = out/test$(if $(filter-out riscv64,$(ARCH)),-$(ARCH))
UNIT_TESTS = $(patsubst test/%.c,$(TEST_OUT)/%,$(wildcard test/test_*.c))

# Objects that are the same for every architecture are made once.
OBJECTS = out/test/objects
TEST_OBJECTS = $(patsubst %.c,$(OBJECTS)/%.o,$(TEST_SOURCES))
$(OBJECTS)/%.o: %.c $(HEADERS) Makefile test/test.mk
	@mkdir -p $(dir $@)
	$(CLANG) $(TEST_CFLAGS) $(GUIDED) -c -o $@ $<

# The decoder takes longest by far: there is one object for fuzzers, which want to be told of its branches, and all else.
$(OBJECTS)/zstd/decoder.o: zstd/zstddeclib.c
$(OBJECTS)/zstd/decoder.o: GUIDED = -fsanitize=fuzzer-no-link

$(TEST_OUT)/libengine.a: $(TEST_OBJECTS)
	@mkdir -p $(TEST_OUT)
	rm -f $@
	ar rcs $@ $^

$(TEST_OUT)/%: test/%.c $(TEST_OUT)/libengine.a $(wildcard test/*.h)
	$(CLANG) $(TEST_CFLAGS) -o $@ $< $(TEST_OUT)/libengine.a -lm

$(TEST_OUT)/engine: host/native/main.c $(TEST_OUT)/libengine.a
	$(CLANG) $(TEST_CFLAGS) -o $@ $< $(TEST_OUT)/libengine.a -lm

# What is the same for every architecture is tested with riscv64's.
TESTS_riscv64 = test-structure test-units test-rules test-publish test-overlap test-mailbox test-fuzz-9p test-fuzz-net test-fuzz-frames test-fuzz-cpu test-race-9p test-decode \
  test-vectors test-vectors-wasm test-sequences test-function-sizes test-format
TESTS_x86_64 = test-structure test-fuzz-cpu test-function-sizes test-x86_64-wasm
ifeq ($(shell uname -m),x86_64)
TESTS_x86_64 += test-x86_64
endif
test: $(TESTS_$(ARCH))

# Who includes and calls whom.
test-structure: $(TEST_OBJECTS)
	$(MAKE) -s -C guest/init objects ARCH=$(ARCH) OUT=$(CURDIR)/$(TEST_OUT)/init
	python3 test/structure.py $(TEST_OUT)/init $(OBJECTS) $(TEST_OBJECTS)

test-units: $(UNIT_TESTS)
	set -e; for test in $(UNIT_TESTS); do $$test; done

# Shares that overlap, natively and by node's WASI host, which follows the links in a path.
OVERLAP_WASM_OBJECTS = $(patsubst %.c,out/wasm/%.o,$(wildcard device/virtio_9p_*.c host/wasi/*.c) test/overlap.c)
out/wasm/test/overlap.o: CFLAGS += -Itest -Wno-unused-function
$(TEST_OUT)/overlap.wasm: $(filter-out out/wasm/host/wasi/main.o,$(OVERLAP_WASM_OBJECTS))
	$(WASM_LINK) -o $@ $^ $(WASM_LIBRARIES)

test-overlap: $(TEST_OUT)/overlap $(TEST_OUT)/overlap.wasm
	python3 test/overlap.py $< OUTER INNER
	python3 test/overlap.py node --no-warnings ../docs/run.mjs --dir OUTER:/outer --dir INNER:/inner $(word 2,$^)

# Modules offered to hosts that install them (docs/run.mjs), that could but must not, that do not know of the mailbox, and
# to none.
MAILBOX_WASM_OBJECTS = $(patsubst %.c,out/wasm/%.o,translate/mailbox.c translate/counts.c host/wasi/host_wasi.c \
  test/mailbox.c)
out/wasm/test/mailbox.o: CFLAGS += -Itest -Wno-unused-function
$(TEST_OUT)/mailbox.wasm: $(MAILBOX_WASM_OBJECTS)
	$(WASM_LINK) -o $@ $^ $(WASM_LIBRARIES)

test-mailbox: $(TEST_OUT)/mailbox $(TEST_OUT)/mailbox.wasm
	node --no-warnings ../docs/run.mjs $(word 2,$^) installs
	node --no-warnings ../docs/run.mjs --translate host $(word 2,$^) installs
	node --no-warnings ../docs/run.mjs --translate off $(word 2,$^) unasked
	node --no-warnings ../docs/run.mjs --translate off $(word 2,$^) --translator=simd ignores
	node --no-warnings test/run_wasi.mjs $(word 2,$^) --translator=simd ignores
	$< --translator=simd none

# A component's rules, by the vectors that the peers' rules are tested with.
RULES_SOURCES = test/rules.c $(addprefix host/component/,address.c rules.c publish.c) host/native/host_native.c
$(TEST_OUT)/rules: $(RULES_SOURCES) $(HEADERS)
	@mkdir -p $(TEST_OUT)
	$(CLANG) $(TEST_CFLAGS) -o $@ $(RULES_SOURCES)

test-rules: $(TEST_OUT)/rules
	python3 test/rules.py ../net/src/test/resources/io/oci2wasm/net/rules/vectors.json $<

# A component's ports, whose runtime the test is.
PUBLISH_WASM_OBJECTS = $(patsubst %.c,out/wasm/%.o,$(filter-out host/component/sockets.c,$(wildcard host/component/*.c)) \
  test/publish.c)
out/wasm/test/publish.o: CFLAGS += -Itest -Wno-unused-function
$(TEST_OUT)/publish.wasm: $(PUBLISH_WASM_OBJECTS)
	$(WASM_LINK) -o $@ $^ $(WASM_LIBRARIES)

test-publish: $(TEST_OUT)/publish.wasm
	node --no-warnings test/run_wasi.mjs $<

# The same inputs every time, from seeds and a fixed sequence of random numbers.
test-fuzz-9p: $(TEST_OUT)/fuzz_9p
	rm -rf $(TEST_OUT)/seeds_9p
	python3 test/seeds_9p.py $(TEST_OUT)/seeds_9p
	$< -runs=3000 -seed=1 -max_len=1024 -artifact_prefix=$(TEST_OUT)/ $(TEST_OUT)/seeds_9p >$(TEST_OUT)/fuzz_9p.log 2>&1 || \
	  { cat $(TEST_OUT)/fuzz_9p.log >&2; exit 1; }

test-fuzz-net: $(TEST_OUT)/fuzz_net
	rm -rf $(TEST_OUT)/seeds_net
	python3 test/seeds_net.py $(TEST_OUT)/seeds_net
	$< -runs=20000 -seed=1 -max_len=2048 -artifact_prefix=$(TEST_OUT)/ $(TEST_OUT)/seeds_net >$(TEST_OUT)/fuzz_net.log 2>&1 || \
	  { cat $(TEST_OUT)/fuzz_net.log >&2; exit 1; }

test-fuzz-frames: $(TEST_OUT)/fuzz_frames
	rm -rf $(TEST_OUT)/seeds_frames
	python3 test/seeds_frames.py $(TEST_OUT)/seeds_frames
	$< -runs=5000 -seed=1 -max_len=4096 -artifact_prefix=$(TEST_OUT)/ $(TEST_OUT)/seeds_frames >$(TEST_OUT)/fuzz_frames.log 2>&1 || \
	  { cat $(TEST_OUT)/fuzz_frames.log >&2; exit 1; }

test-decode: $(TEST_OUT)/disassemble_words
	python3 test/decode_sweep.py $< cpu/riscv64/insn.inc

test-vectors: $(TEST_OUT)/run_user
	python3 test/vectors.py $(TEST_OUT)/vectors $<

RUN_USER_WASM_OBJECTS = $(patsubst %.c,out/wasm/%.o,$(CPU_riscv64) $(wildcard memory/*.c) host/wasi/host_wasi.c \
  test/run_user.c)
$(TEST_OUT)/run_user.wasm: $(RUN_USER_WASM_OBJECTS)
	@mkdir -p $(TEST_OUT)
	$(WASM_LINK) -o $@ $^ $(WASM_LIBRARIES)

# In a folder of its own: both may run at once.
test-vectors-wasm: $(TEST_OUT)/run_user.wasm
	python3 test/vectors.py $(TEST_OUT)/vectors-wasm node --no-warnings test/run_wasi.mjs $<

# Bytes of the largest function, which is the interpreter's loop, or with riscv64 the C library's printf.
FUNCTION_LIMIT_riscv64 = 9216
FUNCTION_LIMIT_x86_64 = 19456
test-function-sizes: $(TEST_OUT)/run_user.wasm
	python3 test/function_sizes.py $< $(FUNCTION_LIMIT_riscv64)

test-boot: $(TEST_OUT)/engine
	GUEST_ARCH=$(ARCH) python3 test/boot.py $(TEST_OUT)/boot $(KERNEL) $(INITRAMFS) $<

# A guest's network, natively and in node: GUEST= is a folder with kernel.img and initramfs.cpio, WASM= an engine.wasm.
test-net: out/$(ENGINE)
	GUEST_ARCH=$(ARCH) PYTHONDONTWRITEBYTECODE=1 python3 test/network.py $(TEST_OUT)/network $(GUEST) $< $(WASM)

FORMATTED = zstd/decoder.c zstd/decoder.h $(wildcard cpu/*/*.[ch] cpu/*/*/*.[ch] memory/*.[ch] translate/*.[ch] translate/*/*.[ch] device/*.[ch] net/*.[ch] machine/*.[ch] host/*.h host/*/*.[ch] test/*.[ch] test/riscv64/*.[ch] test/x86_64/*.[ch] \
  test/x86_64/unit/*.[ch] test/fuzz/*.[ch])
test-format:
	clang-format-19 --dry-run --Werror $(filter-out %.inc,$(FORMATTED))

.PHONY: test test-structure test-function-sizes test-units test-rules test-publish test-publish test-overlap test-mailbox test-fuzz-9p test-fuzz-net test-fuzz-frames test-decode test-vectors \
  test-vectors-wasm test-boot test-net test-format

# Fuzzing, for as long as FUZZ_SECONDS says; findings are left in out/fuzz.
FUZZ_SECONDS ?= 30
# Of what these drive, libFuzzer is told of branches; the rest is the tests' own.
FUZZ_OBJECTS = $(patsubst %.c,out/test/guided/%.o,$(filter-out cpu/% translate/% machine/% zstd/%,$(TEST_SOURCES)))
out/test/guided/%.o: %.c $(HEADERS) Makefile test/test.mk
	@mkdir -p $(dir $@)
	$(CLANG) $(TEST_CFLAGS) -fsanitize=fuzzer-no-link -c -o $@ $<

FUZZERS = $(patsubst test/%.c,$(TEST_OUT)/%,$(wildcard test/fuzz_*.c))
$(FUZZERS): $(TEST_OUT)/%: test/%.c $(FUZZ_OBJECTS) $(TEST_OUT)/libengine.a $(wildcard test/*.h)
	$(CLANG) $(TEST_CFLAGS) -fsanitize=fuzzer -o $@ $< $(FUZZ_OBJECTS) $(TEST_OUT)/libengine.a -lm

fuzz: $(FUZZERS)
	@mkdir -p out/fuzz
	set -e; for target in $^; do $$target -max_total_time=$(FUZZ_SECONDS) -artifact_prefix=out/fuzz/ -max_len=4096; done

.PHONY: fuzz

# x86-64 instructions against the host's processor, which must be one. Without ASan: cases read and write wherever their
# random registers point, and ASan's shadow memory is in reach.
X86_SOURCES = $(CPU_x86_64) $(wildcard test/x86_64/*.c memory/*.c) host/native/host_native.c
X86_CASES ?= 200000
X86_SEED ?= 1

$(TEST_OUT)/x86_64/differential: $(X86_SOURCES) $(HEADERS) $(wildcard test/x86_64/*.h test/x86_64/unit/*.h)
	@mkdir -p $(dir $@)
	$(CLANG) $(CFLAGS) -O1 $(TEST_DEBUG) -fsanitize=undefined -fno-sanitize-recover=all -D_GNU_SOURCE -fPIE -pie -o $@ \
	  $(X86_SOURCES) -lm

X86_FIXTURE = test/x86_64/fixture.c $(TEST_OUT)/libengine.a
$(TEST_OUT)/x86_64/test_%: test/x86_64/unit/test_%.c $(X86_FIXTURE) $(wildcard test/x86_64/*.h test/x86_64/unit/*.h)
	@mkdir -p $(dir $@)
	$(CLANG) $(TEST_CFLAGS) -Itest/x86_64 -o $@ $(filter %.c %.a,$^) -lm

$(TEST_OUT)/x86_64/decode_lengths: test/x86_64/unit/decode_lengths.c cpu/x86_64/decode/decode.c $(HEADERS)
	@mkdir -p $(dir $@)
	$(CLANG) $(TEST_CFLAGS) -o $@ $(filter %.c,$^)

X86_DIGEST = test/x86_64/unit/digest.c test/x86_64/cases.c test/x86_64/generate.c test/x86_64/machine.c test/x86_64/undefined.c
$(TEST_OUT)/x86_64/digest: $(X86_DIGEST) $(X86_FIXTURE) $(wildcard test/x86_64/*.h)
	@mkdir -p $(dir $@)
	$(CLANG) $(TEST_CFLAGS) -o $@ $(filter %.c %.a,$^) -lm

X86_DIGEST_WASM_OBJECTS = $(patsubst %.c,out/wasm/%.o,$(X86_DIGEST) test/x86_64/fixture.c $(CPU_x86_64) \
  $(wildcard memory/*.c) host/wasi/host_wasi.c)
$(TEST_OUT)/x86_64/digest.wasm: $(X86_DIGEST_WASM_OBJECTS)
	$(WASM_LINK) -o $@ $^ $(WASM_LIBRARIES)

# The cases on the emulator alone: under ASan, and on the wasm build.
test-x86_64-wasm: $(TEST_OUT)/x86_64/digest $(TEST_OUT)/x86_64/digest.wasm
	$< $(X86_CASES) $(X86_SEED) >$(TEST_OUT)/x86_64/digests
	node --no-warnings test/run_wasi.mjs $(TEST_OUT)/x86_64/digest.wasm $(X86_CASES) $(X86_SEED) | \
	  cmp $(TEST_OUT)/x86_64/digests -
	python3 test/function_sizes.py $(TEST_OUT)/x86_64/digest.wasm $(FUNCTION_LIMIT_x86_64)

test-x86_64: $(TEST_OUT)/x86_64/decode_lengths $(TEST_OUT)/x86_64/test_system $(TEST_OUT)/x86_64/test_instructions \
  $(TEST_OUT)/x86_64/test_compat $(TEST_OUT)/x86_64/test_transcendental $(TEST_OUT)/x86_64/differential
	python3 test/x86_64/decode_sweep.py $<
	$(TEST_OUT)/x86_64/test_system
	$(TEST_OUT)/x86_64/test_instructions
	$(TEST_OUT)/x86_64/test_compat
	$(TEST_OUT)/x86_64/test_transcendental
	$(TEST_OUT)/x86_64/differential $(X86_CASES) $(X86_SEED)

.PHONY: test-x86_64 test-x86_64-wasm

# Whole machines that run random programs (test/fuzz/cpu.h), and two 9P clients and somebody on the host in folders of
# which one is in the other. make fuzz runs them for FUZZ_SECONDS, make test for a few.
FUZZ_SEED ?= 1
FUZZ_TEST_SECONDS ?= 8
FUZZ_CPU = $(TEST_OUT)/fuzz_cpu_$(ARCH)
FUZZ_CPU_x86_64 = test/fuzz/x86_64_code.c test/x86_64/generate.c test/x86_64/undefined.c
FUZZ_CPU_SOURCES = test/fuzz/cpu.c test/fuzz/devices.c test/fuzz/translation.c test/wasm_validate.c test/fuzz/$(ARCH).c test/fuzz/$(ARCH)_program.c $(FUZZ_CPU_$(ARCH))
FUZZ_CPU_FLAGS = -Itest/fuzz -Itest/x86_64
$(FUZZ_CPU): $(FUZZ_CPU_SOURCES) $(TEST_OUT)/libengine.a $(wildcard test/fuzz/*.h test/x86_64/*.h)
	$(CLANG) $(TEST_CFLAGS) $(FUZZ_CPU_FLAGS) -o $@ $(filter %.c,$^) $(TEST_OUT)/libengine.a -lm

$(TEST_OUT)/race_9p: $(wildcard test/fuzz/race_*.c) $(TEST_OUT)/libengine.a $(wildcard test/fuzz/*.h test/*.h)
	$(CLANG) $(TEST_CFLAGS) -Itest/fuzz -o $@ $(filter %.c,$^) $(TEST_OUT)/libengine.a -lm

# Seeds that once found something.
FUZZ_FOUND_x86_64 = 538 11282412 11290233 12100040392 12100136944
test-fuzz-cpu: $(FUZZ_CPU)
	set -e; for seed in $(FUZZ_FOUND_$(ARCH)); do $< --case $$seed; done
	$< $(FUZZ_TEST_SECONDS) $(FUZZ_SEED)

test-race-9p: $(TEST_OUT)/race_9p
	$< $(FUZZ_TEST_SECONDS) $(FUZZ_SEED)

fuzz: fuzz-machine
fuzz-machine: $(FUZZ_CPU) $(TEST_OUT)/race_9p
	$(FUZZ_CPU) $(FUZZ_SECONDS) $(FUZZ_SEED)
	$(TEST_OUT)/race_9p $(FUZZ_SECONDS) $(FUZZ_SEED)

# Which lines of the processor do the random programs reach? With UBSan, whose runtime cpu.c asks for the seed's printing.
COVERAGE = $(TEST_OUT)/coverage_$(ARCH)
$(COVERAGE): $(FUZZ_CPU_SOURCES) $(SHARED) host/native/host_native.c host/native/files.c $(HEADERS) $(wildcard test/fuzz/*.h)
	@mkdir -p $(TEST_OUT)
	$(CLANG) $(CFLAGS) -O1 -fprofile-instr-generate -fcoverage-mapping -fsanitize=undefined -D_GNU_SOURCE -Itest \
	  $(FUZZ_CPU_FLAGS) -o $@ $(filter %.c,$^) -lm

fuzz-coverage: $(COVERAGE)
	LLVM_PROFILE_FILE=$<.raw $< $(FUZZ_SECONDS) $(FUZZ_SEED)
	llvm-profdata-19 merge -o $<.profile $<.raw
	llvm-cov-19 report $< -instr-profile=$<.profile cpu/$(ARCH) memory

.PHONY: test-fuzz-cpu test-race-9p fuzz-machine fuzz-coverage

# Random sequences of riscv64 instructions: under ASan and UBSan, on the wasm build, and many on a plain native build. A
# failing run names seed and sequence; the same SEED gives the same sequences.
SEQUENCES ?= 10000
SEQUENCES_WASM ?= 2000
SEQUENCES_PLAIN ?= 50000
SEED ?= 1
SEQUENCES_SOURCES = $(wildcard test/riscv64/*.c cpu/riscv64/decode*.c)
RUN_USER_SOURCES = test/run_user.c $(CPU_riscv64) $(wildcard memory/*.c) host/native/host_native.c

$(TEST_OUT)/sequences: $(SEQUENCES_SOURCES) $(HEADERS) $(wildcard test/riscv64/*.h)
	@mkdir -p $(TEST_OUT)
	$(CLANG) $(TEST_CFLAGS) -o $@ $(SEQUENCES_SOURCES)

$(TEST_OUT)/run_user_plain: $(patsubst %.c,out/native/%.o,$(RUN_USER_SOURCES))
	@mkdir -p $(TEST_OUT)
	$(CLANG) -o $@ $^

DIFFERENTIAL = python3 test/riscv64/differential.py $(TEST_OUT)/riscv64 $(TEST_OUT)/sequences $(SEED)
test-sequences: $(TEST_OUT)/sequences $(TEST_OUT)/run_user $(TEST_OUT)/run_user.wasm
	$(DIFFERENTIAL) $(SEQUENCES) $(TEST_OUT)/run_user
	$(DIFFERENTIAL) $(SEQUENCES_WASM) node --no-warnings test/run_wasi.mjs $(TEST_OUT)/run_user.wasm

test-sequences-plain: $(TEST_OUT)/sequences $(TEST_OUT)/run_user_plain
	$(DIFFERENTIAL) $(SEQUENCES_PLAIN) $(TEST_OUT)/run_user_plain

.PHONY: test-sequences test-sequences-plain
