# engine.wasm. Each step is run by hand so that no tool found on PATH takes part, and nothing in the objects depends on
# where or when they are built.

OUT ?= out/engine.wasm
# Objects that are the same for every architecture are made once.
WASM_OBJECTS = $(patsubst %.c,out/wasm/%.o,$(SHARED) $(wildcard host/wasi/*.c)) out/wasm/parts-$(ARCH).o
WASI_LIB = /usr/lib/wasm32-wasi
CLANG_LIB = $(shell $(CLANG) -print-resource-dir)/lib/wasi
WASM_STACK = 262144

out/wasm/%.o: %.c $(HEADERS) Makefile wasm.mk
	@mkdir -p $(dir $@)
	$(CLANG) --target=wasm32-wasi $(CFLAGS) -mbulk-memory -c -o $@ $<

out/wasm/zstd/decoder.o: zstd/zstddeclib.c

# The kernel's end has its tables and data, and takes a third of its size when it is packed. Unpacking all of the kernel
# would make start a tenth longer.
PACKED_KERNEL_BYTES = 1835008
KERNEL_PARTS = out/wasm/kernel-$(ARCH)
$(KERNEL_PARTS).zst: $(KERNEL) wasm.mk
	@mkdir -p $(dir $@)
	@test -n "$(KERNEL)" || { echo "name KERNEL=FILE" >&2; exit 1; }
	head -c -$(PACKED_KERNEL_BYTES) $(KERNEL) >$(KERNEL_PARTS).plain
	tail -c $(PACKED_KERNEL_BYTES) $(KERNEL) >$(KERNEL_PARTS).end
	zstd -q -f --single-thread -19 -o $@ $(KERNEL_PARTS).end

out/wasm/parts-$(ARCH).o: host/wasi/parts.S $(KERNEL_PARTS).zst $(INITRAMFS)
	@mkdir -p $(dir $@)
	@test -n "$(INITRAMFS)" || { echo "name INITRAMFS=FILE" >&2; exit 1; }
	$(CLANG) --target=wasm32-wasi -mbulk-memory -DKERNEL='"$(KERNEL_PARTS).plain"' \
	  -DPACKED_KERNEL='"$(KERNEL_PARTS).zst"' -DINITRAMFS='"$(INITRAMFS)"' -c -o $@ $<

wasm: $(OUT)

WASM_LINK = $(WASM_LD) -m wasm32 --strip-all --gc-sections -z stack-size=$(WASM_STACK) --stack-first \
  $(WASI_LIB)/crt1-command.o --export-table --growable-table --export-if-defined=translation_mailbox
WASM_LIBRARIES = -L$(WASI_LIB) -lc $(CLANG_LIB)/libclang_rt.builtins-wasm32.a

$(OUT): $(WASM_OBJECTS)
	@mkdir -p $(dir $@)
	$(WASM_LINK) -o $@ $^ $(WASM_LIBRARIES)

# The engine of a component: sockets of its own in place of a peer, and ways of its own to wait.
COMPONENT_OUT ?= out/engine-component.wasm
COMPONENT_OBJECTS = $(patsubst %.c,out/wasm/%.o,$(filter-out host/stream/%,$(SHARED)) $(wildcard host/component/*.c) \
  $(filter-out host/wasi/input.c,$(wildcard host/wasi/*.c))) out/wasm/parts-$(ARCH).o

component: $(COMPONENT_OUT)

$(COMPONENT_OUT): $(COMPONENT_OBJECTS)
	@mkdir -p $(dir $@)
	$(WASM_LINK) -o $@ $^ $(WASM_LIBRARIES)

.PHONY: wasm component
