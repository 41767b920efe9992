# Tests run natively under ASan and UBSan. `make test` needs clang, objdump and gcc for riscv64, and QEMU's user mode;
# `make test-boot` also a kernel and an initramfs (KERNEL=, INITRAMFS=) and mkfs.erofs.

# Memory from host_allocate lives as long as the program: leaks are no finding.
export ASAN_OPTIONS = detect_leaks=0
SANITIZE = -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
TEST_CFLAGS = $(CFLAGS) -O1 -g $(SANITIZE) -D_GNU_SOURCE -Itest -Wno-unused-function
TEST_SOURCES = $(SHARED) host/native/host_native.c
UNIT_TESTS = $(patsubst test/%.c,out/test/%,$(wildcard test/test_*.c))

out/test/libengine.a: $(TEST_SOURCES) $(HEADERS) Makefile test/test.mk
	@mkdir -p out/test/objects
	cd out/test/objects && $(CLANG) $(subst -I.,-I$(CURDIR),$(TEST_CFLAGS)) -c $(addprefix $(CURDIR)/,$(TEST_SOURCES))
	rm -f $@
	ar rcs $@ $(addprefix out/test/objects/,$(notdir $(TEST_SOURCES:.c=.o)))

out/test/%: test/%.c out/test/libengine.a $(wildcard test/*.h)
	$(CLANG) $(TEST_CFLAGS) -o $@ $< out/test/libengine.a -lm

out/test/engine: host/native/main.c out/test/libengine.a
	$(CLANG) $(TEST_CFLAGS) -o $@ $< out/test/libengine.a -lm

test: test-units test-decode test-vectors test-format

test-units: $(UNIT_TESTS)
	set -e; for test in $(UNIT_TESTS); do $$test; done

test-decode: out/test/disassemble_words
	python3 test/decode_sweep.py $< cpu/riscv64/insn.inc

test-vectors: out/test/run_user
	python3 test/vectors.py out/test/vectors $<

test-boot: out/test/engine
	python3 test/boot.py out/test/boot $(KERNEL) $(INITRAMFS) $<

FORMATTED = $(SHARED) $(HEADERS) $(wildcard host/*/*.c test/*.c test/*.h)
test-format:
	clang-format-19 --dry-run --Werror $(filter-out %.inc,$(FORMATTED))

.PHONY: test test-units test-decode test-vectors test-boot test-format
