# make demo      the whole job in one command (CSV=file for your own candles); needs only a C99 compiler
# make check     the tests that need only a compiler; says the processor time it took
# make test      everything; what is missing on this machine is a skip that names the package
# make test-all  what make test only samples, too: every program under valgrind, the native builds by every compiler
# make bench     ours and every installed peer on the same work in one run (first: make bench-deps), and what the header weighs
# make book      the header as pages to read, build/book/index.html; needs only python3
# make bench-web lstmfc and its peers in the browser (Chromium, npm; OPTIONS="--rounds 5")
# also: wasm, fuzz (SECONDS_EACH=60), torture (the allocation-failure counts of check), deps, install, clean

CC     ?= cc
CXX    ?= c++
CFLAGS ?= -O3
PREFIX ?= /usr/local
B      := build
FLAGS  := $(CFLAGS) -std=c99 -ffp-contract=off -Wall -Wextra -I.
TEST   := -std=c99 -O1 -ffp-contract=off -Wall -Wextra -DLSTMFC_STATIC -Wno-unused-function
NATIVE := -O2 -march=native -DLSTMFC_STATIC -Wno-unused-function

all: $(B)/lstmfc

# ---- the command line

TOOL := $(patsubst tools/lstmfc/%.c,$(B)/tool/%.o,$(wildcard tools/lstmfc/*.c))
$(B)/tool/%.o: tools/lstmfc/%.c lstmfc.h $(wildcard tools/lstmfc/*.h)
	@mkdir -p $(@D)
	$(CC) $(FLAGS) -c $< -o $@
$(B)/lstmfc: $(TOOL)
	$(CC) $(CFLAGS) $(TOOL) -o $@ -lm

demo: $(B)/lstmfc
	@sh tools/demo.sh $(B)/lstmfc $(B)/demo "$(CSV)" "$(EPOCHS)"

# ---- tests

NAMES   := $(patsubst tests/%.c,%,$(wildcard tests/test_*.c))
also     = $(shell for f in $(NAMES); do head -1 tests/$$f.c | grep -q '^// also:.*$(1)' && echo $$f; done)
DOUBLES := $(call also,double)
STRICTS := $(call also,strict)
SCALARS := $(call also,scalar)
NATIVES := $(call also,native)
HAVE    := $(shell command -v $(CC) >/dev/null && echo gcc) $(shell command -v $(CXX) >/dev/null && echo cxx) $(shell command -v clang >/dev/null && echo clang)
natives  = $(foreach c,$(HAVE),$(patsubst %,$(B)/tests/%_native_$(c),$(if $(LSTMFC_ALL)$(filter gcc,$(c)),$(1),$(filter $(NEAR),$(1)))))
# Where a compiler could fuse a product and a sum and the stream would part from the batch: of the native builds, these by every compiler, the
# others by $(CC) alone (make test-all: all by all).
NEAR    := test_features test_indicators test_forecaster test_learning test_simd
# check has one build of each program, and two more: the gradients in double, batch = stream in gnu mode with -march=native. make test has
# every build (check-builds).
CHECKS  := $(NAMES:%=$(B)/tests/%) $(B)/tests/test_gradcheck_double $(B)/tests/test_features_native_gcc
FURTHER := $(filter-out $(CHECKS),$(DOUBLES:%=$(B)/tests/%_double) $(STRICTS:%=$(B)/tests/%_strict) $(SCALARS:%=$(B)/tests/%_scalar) \
           $(call natives,$(NATIVES)))
DEPENDS := lstmfc.h tests/test.h Makefile
# What calls public functions alone is linked with one build of the library in check; what looks inside has its own (INSIDE: the members of
# a forecaster, how many rows a batch shares).
INSIDE  := test_objects test_model test_horizons test_learning test_quantiles test_baselines
LINKED  := $(filter-out $(INSIDE:%=tests/%.c),$(shell grep -LE 'lstmfc__|LSTMFC__|define LSTMFC_[A-HJ-Z]' $(NAMES:%=tests/%.c)))

check:
	@mkdir -p $(B)/tests; $(MAKE) -k -j2 --no-print-directory $(CHECKS) || echo "some tests do not compile"; times > $(B)/tests/times
	@sh tests/run.sh $(CHECKS)

check-builds:
	@$(MAKE) -k -j2 --no-print-directory $(FURTHER) || echo "some tests do not compile"
	@sh tests/run.sh $(FURTHER)

$(B)/tests/%_double: tests/%.c $(DEPENDS)
	@mkdir -p $(@D)
	$(CC) $(TEST) -DLSTMFC_DOUBLE $< -o $@ -lm
$(B)/tests/%_strict: tests/%.c $(DEPENDS)
	@mkdir -p $(@D)
	$(CC) $(TEST) -DLSTMFC_STRICT $< -o $@ -lm
$(B)/tests/%_scalar: tests/%.c $(DEPENDS)
	@mkdir -p $(@D)
	$(CC) $(TEST) -DLSTMFC_NO_SIMD $< -o $@ -lm
$(B)/tests/%_native_gcc: tests/%.c $(DEPENDS)
	@mkdir -p $(@D)
	$(CC) -std=gnu11 $(NATIVE) $< -o $@ -lm
$(B)/tests/%_native_cxx: tests/%.c $(DEPENDS)
	@mkdir -p $(@D)
	$(CXX) -x c++ -std=gnu++17 $(NATIVE) $< -o $@ -lm
$(B)/tests/%_native_clang: tests/%.c $(DEPENDS)
	@mkdir -p $(@D)
	clang -std=gnu11 $(NATIVE) $< -o $@ -lm
$(B)/tests/library.o: lstmfc.h Makefile
	@mkdir -p $(@D)
	$(CC) $(TEST) -ULSTMFC_STATIC -DLSTMFC_IMPLEMENTATION -x c -c $< -o $@
$(LINKED:tests/%.c=$(B)/tests/%): $(B)/tests/%: tests/%.c $(B)/tests/library.o $(DEPENDS)
	@{ echo '#line 1 "$<"'; sed 's/^#define LSTMFC_IMPLEMENTATION$$//' $<; } > $@.c
	$(CC) $(TEST) -ULSTMFC_STATIC -Itests $@.c $(B)/tests/library.o -o $@ -lm
$(B)/tests/%: tests/%.c $(DEPENDS)
	@mkdir -p $(@D)
	$(CC) $(TEST) $< -o $@ -lm

linked:
	@echo $(notdir $(LINKED:.c=))
test:
	@bash tests/all.sh
test-all:
	@LSTMFC_ALL=1 bash tests/all.sh
torture:
	@$(MAKE) --no-print-directory check > $(B)/torture.log; status=$$?; grep -E "^torture|FAIL| passed," $(B)/torture.log; exit $$status
fuzz:
	@bash tests/fuzz/run.sh $(SECONDS_EACH)
wasm:
	@bash wasm/build.sh
	@bash wasm/package.sh

# ---- bench: ours in several builds and every peer that is installed (bench-deps: the Python ones), interleaved. QUICK=1: a trial run.
# OPTIONS="--items train --peers none"; PYTHON=the peers' Python; KANN=, RTNEURAL= and TULIP= paths of their sources

OURS  := $(B)/bench/ours $(B)/bench/ours_O2 $(B)/bench/ours_native $(if $(filter clang,$(HAVE)),$(B)/bench/ours_clang)
ADAPT := $(patsubst %,$(B)/bench/%,$(if $(wildcard /usr/include/dnnl.hpp),dnnl) $(if $(KANN),kann) $(if $(RTNEURAL),rtneural) $(if $(TULIP),tulip))
BENCH := bench/bench.c lstmfc.h Makefile

bench: bench-build
	@python3 bench/run.py $(if $(QUICK),--quick) $(OPTIONS)
	@bash bench/weight.sh | tee $(B)/bench/weight.md
bench-build:
	@$(MAKE) -j2 --no-print-directory $(OURS)
	@$(MAKE) -k --no-print-directory $(ADAPT) || echo "some adapters do not compile: their peers are absent"
bench-deps:
	@sh tests/setup.sh $(B)/venv-bench bench/requirements.txt
bench-web: wasm $(B)/bench-web/native
	@node bench/web/run.mjs $(OPTIONS)
$(B)/bench-web/native: bench/web/native.c lstmfc.h Makefile
	@mkdir -p $(@D)
	$(CC) $(FLAGS) $< -o $@ -lm
$(B)/bench/ours: $(BENCH)
	@mkdir -p $(@D)
	$(CC) $(FLAGS) $< -o $@ -lm
$(B)/bench/ours_O2: $(BENCH)
	@mkdir -p $(@D)
	$(CC) -O2 $< -o $@ -lm
$(B)/bench/ours_native: $(BENCH)
	@mkdir -p $(@D)
	$(CC) -O3 -march=native -std=c99 -ffp-contract=off $< -o $@ -lm
$(B)/bench/ours_clang: $(BENCH)
	@mkdir -p $(@D)
	clang -O3 -std=c99 -ffp-contract=off -Wall -Wextra $< -o $@ -lm
$(B)/bench/dnnl: bench/peers/dnnl.cpp bench/peers/peer.h
	@mkdir -p $(@D)
	$(CXX) -O2 -std=c++11 $< -o $@ -ldnnl
$(B)/bench/kann: bench/peers/kann.c bench/peers/peer.h
	@mkdir -p $(@D)
	$(CC) -O3 -march=native -w -I$(KANN) $< $(KANN)/kann.c $(KANN)/kautodiff.c -o $@ -lm -lpthread
$(B)/bench/rtneural: bench/peers/rtneural.cpp bench/peers/peer.h
	@mkdir -p $(@D)
	$(CXX) -O3 -march=native -ffast-math -std=c++17 -w -DRTNEURAL_USE_EIGEN=1 -I$(RTNEURAL) -I$(RTNEURAL)/modules/Eigen $< -o $@
$(B)/bench/tulip: bench/peers/tulip.c
	@mkdir -p $(@D)
	$(CC) -O3 -w -I$(TULIP) $< $(TULIP)/indicators/*.c $(TULIP)/utils/*.c -o $@ -lm

book:
	@python3 tools/book.py
deps:
	@sh tests/deps.sh

# ---- installing: the header, the same compiled once, the tool with its man page and completions, what pkg-config and CMake ask for

VERSION := $(shell sed -n 's/^#define LSTMFC_VERSION_TEXT *"\(.*\)"/\1/p' lstmfc.h)
TO       = $(DESTDIR)$(PREFIX)
PC       = sed -e "s|@PREFIX@|$(PREFIX)|" -e 's|@VERSION@|$(VERSION)|' packaging/lstmfc.pc.in
$(B)/liblstmfc.a: packaging/lstmfc.c lstmfc.h Makefile
	@mkdir -p $(@D)
	$(CC) $(FLAGS) -fPIC -c $< -o $(B)/library.o
	$(AR) rcs $@ $(B)/library.o
install: $(B)/lstmfc $(B)/liblstmfc.a
	install -d "$(TO)"/include "$(TO)"/bin "$(TO)"/lib/pkgconfig "$(TO)"/lib/cmake/lstmfc "$(TO)"/share/man/man1 \
	    "$(TO)"/share/bash-completion/completions "$(TO)"/share/zsh/site-functions "$(TO)"/share/fish/vendor_completions.d
	install -m 644 lstmfc.h "$(TO)"/include/lstmfc.h
	install -m 755 $(B)/lstmfc "$(TO)"/bin/lstmfc
	install -m 644 $(B)/liblstmfc.a "$(TO)"/lib/liblstmfc.a
	install -m 644 packaging/cmake/lstmfcConfig.cmake packaging/cmake/lstmfcConfigVersion.cmake "$(TO)"/lib/cmake/lstmfc
	$(PC) -e 's|@WHAT@|the header|' -e 's|@LIBS@|-lm -pthread|' > "$(TO)"/lib/pkgconfig/lstmfc.pc
	$(PC) -e 's|@WHAT@|the library compiled once|' -e 's|@LIBS@|-L"$${libdir}" -llstmfc -lm -pthread|' > "$(TO)"/lib/pkgconfig/lstmfc-static.pc
	$(B)/lstmfc help --man  > "$(TO)"/share/man/man1/lstmfc.1
	$(B)/lstmfc help --bash > "$(TO)"/share/bash-completion/completions/lstmfc
	$(B)/lstmfc help --zsh  > "$(TO)"/share/zsh/site-functions/_lstmfc
	$(B)/lstmfc help --fish > "$(TO)"/share/fish/vendor_completions.d/lstmfc.fish
clean:
	rm -rf $(B)

.PHONY: all demo check check-builds test torture fuzz wasm bench bench-build bench-deps bench-web book deps install clean
