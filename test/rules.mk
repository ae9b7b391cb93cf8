# Tests, fuzz targets and checks; included by the Makefile. Tests may see everything, nobody sees them.
test.units := $(patsubst test/unit/%.c,%,$(wildcard test/unit/test_*.c))
test.fuzz  := $(patsubst test/fuzz/fuzz_%.c,%,$(wildcard test/fuzz/fuzz_*.c))
test.incs  := -Iinclude -Icommon -Iattestation -Itest $(LIBS:%=-Ilib%) $(sort $(foreach p,$(PROGS),-I$($(p).dir)))
test.pkgs  := $(sort check libcrypto $(foreach x,$(LIBS) $(PROGS) $(ARCHIVES),$($(x).pkgs)))
test.ldlibs := $(shell $(PKG_CONFIG) --libs $(test.pkgs)) $(crypto.ldlibs) -ldl

# Everything but the mains: unit tests link objects, so they reach hidden functions and --wrap works.
# Libraries that run uninstrumented in an enclave are built once more, instrumented, for the
# in-process harness, where both sides are threads of one process.
test.twice := $(if $(SAN),$(filter $(UNSANITIZED),$(LIBS)))
# The zygote's pthread_create() stands in front of libc's: not here. Clients here are on a remote machine.
test.objs  := $(filter-out %/zygote/threads.o %/libtsecure_client/world.o,$(sort $(foreach x,$(ARCHIVES) $(filter-out $(test.twice),$(LIBS)) $(PROGS),$(filter-out %/main.o,$($(x).objs))) \
                     $(foreach l,$(test.twice),$($(l).srcs:%.c=$(O)/inst/lib$(l)/%.o))))
$(foreach l,$(test.twice),$(eval $(O)/inst/lib$(l)/%.o: INCLUDES := $(call incs,$(l),lib$(l))))
$(O)/inst/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(STRICT) $(SANFLG) $(CPPFLAGS) $(CFLAGS) $(INCLUDES) -MMD -MP -c $< -o $@
$(O)/all.a: $(test.objs)

$(O)/test/%.o: INCLUDES := $(test.incs)
$(O)/test/%.o: LTO :=
# What fault.c stands in front of.
test.wraps := $(if $(filter-out cover,$(SAN)),,malloc calloc) RAND_bytes hash_final sha256 sha512 hmac_sha256 hkdf_extract_by hkdf_expand_by hmac_by ecdh_generate
# Bound at load, as our libraries are: the linker's saved registers would keep secrets on the stack.
$(O)/unit/%: $(O)/test/unit/%.o $(O)/test/fault.o $(O)/test/killed.o $(O)/test/support.o $(O)/test/harness.o $(O)/all.a
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(SANFLG) -fno-lto -o $@ $(test.first) $(filter-out $(test.first),$^) $(test.wraps:%=-Wl$(comma)--wrap=%) -Wl,-z,now $(test.ldlibs)

# A sample's own code is no part of any archive.
$(O)/test/fuzz/fuzz_frame.o: CPPFLAGS += -Isamples/secure_channel -Wno-conversion -Wno-sign-conversion

# Corpus replay without a fuzzer: part of check.
$(O)/replay/%: $(O)/test/fuzz/fuzz_%.o $(O)/test/fuzz/replay.o $(O)/test/harness.o $(O)/all.a
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(SANFLG) -fno-lto -o $@ $^ $(test.ldlibs)

unit: $(test.units:%=$(O)/unit/%) $(test.fuzz:%=$(O)/replay/%)
	$(Q)sh test/run.sh $(O)/unit $(O)/replay

TIME ?= 60
fuzz-list:
	@for t in $(test.fuzz); do echo $$t; done
fuzz:
	$(Q)$(MAKE) --no-print-directory CC=clang O=out-fuzz SAN=fuzzer-no-link,address,undefined fuzz-run TIME=$(TIME) T='$(T)'
fuzz-run: $(addprefix $(O)/fuzz/,$(or $(T),$(test.fuzz))) $(if $(SECGEAR_VECTORS),$(O)/fuzz-seeds)
	$(if $(SECGEAR_VECTORS),$(Q)rm -rf $(O)/seeds && mkdir -p $(O)/seeds && $(O)/fuzz-seeds $(O)/seeds)
	$(Q)set -e; for t in $(filter-out %/fuzz-seeds,$^); do sh test/fuzz/run.sh $$t $(TIME) $(O)/seeds; done
$(O)/fuzz/%: $(O)/test/fuzz/fuzz_%.o $(O)/test/harness.o $(O)/all.a
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -fsanitize=fuzzer,address,undefined -o $@ $^ $(test.ldlibs)

# Genuine evidence as inputs of those targets, where SECGEAR_VECTORS names it.
$(O)/fuzz-seeds: $(O)/test/fuzz/seeds.o $(O)/test/support.o $(O)/all.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(SANFLG) -fno-lto -o $@ $^ $(test.ldlibs)

.PHONY: unit fuzz fuzz-list fuzz-run

# Integration: real processes against an installed tree, built through pkg-config.
stage      := $(abspath $(O)/stage)
samples    := $(abspath $(O)/samples)
stage.env   = PKG_CONFIG_PATH=$(stage)/lib/pkgconfig
stage.pc    = $$($(stage.env) $(PKG_CONFIG) $(1))
# Each folder by name: one that the user chose for the real installation must not be used here.
stage.to   := PREFIX=$(stage) BINDIR=$(stage)/bin LIBDIR=$(stage)/lib LIBEXECDIR=$(stage)/libexec/secgear \
              INCDIR=$(stage)/include/secGear MANDIR=$(stage)/share/man UNITDIR=$(stage)/lib/systemd \
              PYTHONDIR=$(stage)/share/secgear/python DATADIR=$(stage)/share/secgear CMAKEDIR=$(stage)/lib/cmake/secgear \
              BASHDIR=$(stage)/share/bash-completion/completions ZSHDIR=$(stage)/share/zsh/site-functions \
              FISHDIR=$(stage)/share/fish/vendor_completions.d
I          := $(O)/integration

$(O)/stage.done: $(foreach l,$(LIBS),$($(l).so)) $(foreach p,$(PROGS),$($(p).exe)) $(wildcard include/* pkgconfig/* docs/man/* service/*/* bindings/*/* tools/build/* tools/completion/*) $(NEW_FILES:%=tools/new/%) $(SCRIPTS) $(LIBEXEC_SCRIPTS)
	$(call say,STAGE,$(stage))
	$(Q)$(MAKE) --no-print-directory -s install $(stage.to) DESTDIR= >$(O)/stage.log 2>&1 || { cat $(O)/stage.log; exit 1; }
	@touch $@

$(I)/key.pem $(I)/other_key.pem:
	@mkdir -p $(@D)
	$(Q)umask 077 && openssl ecparam -name prime256v1 -genkey -noout -out $@ 2>/dev/null

# The images of test/integration/sim: name, then what its enclave is compiled with.
sim.images := asan ubsan enclave open crash fork limits exec_window exec_twice exec_writable no_descriptor needs_library brings_library release2 hang fault_start
sim.release2 := -DRELEASE=2
# As their authors would build them to look for errors; a compiler may have no such runtime.
sim.asan  := $(shell echo 'int main(void){return 0;}' | $(CC) -fsanitize=address -x c - -o /dev/null 2>/dev/null && echo -fsanitize=address)
sim.ubsan := $(shell echo 'int main(void){return 0;}' | $(CC) -fsanitize=undefined -x c - -o /dev/null 2>/dev/null && echo -fsanitize=undefined)
sim.enclave :=
sim.open := -DBAD_CONSTRUCTOR=2
sim.crash := -DBAD_CONSTRUCTOR=1
sim.fork := -DBAD_CONSTRUCTOR=3
sim.limits := -DBAD_CONSTRUCTOR=4
sim.exec_window := -DBAD_CONSTRUCTOR=5
sim.exec_twice := -DBAD_CONSTRUCTOR=6
sim.exec_writable := -DBAD_CONSTRUCTOR=7
sim.hang := -DBAD_CONSTRUCTOR=8
sim.fault_start := -DBAD_CONSTRUCTOR=9
sim.no_descriptor := -DNO_DESCRIPTOR -Wno-unused-function -Wno-unused-variable
sim.needs_library := -Wl,--no-as-needed -l:libjansson.so.4
sim.brings_library := -DUSES_TALLY -L$(I)/images -l:libtally.so.1
sim.sign.brings_library := --library $(I)/images/libtally.so.1
sim.dir := $(I)/images
sim.signed = $(patsubst %,$(sim.dir)/%.signed.so,$(sim.images) $(sim.variants))

$(sim.dir)/%.plain.so: test/integration/sim/enclave.c $(wildcard test/integration/sim/f*.h) $(O)/stage.done
	$(call say,ENCL,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -O1 -g -Wall -Wextra -fPIC -shared -fvisibility=hidden -o $@ $< $(call stage.pc,--cflags --libs libsecgear_trts) $(sim.$*)
$(sim.dir)/%.signed.so: $(sim.dir)/%.plain.so test/integration/sim/config.xml $(I)/key.pem $(O)/stage.done
	$(Q)LD_LIBRARY_PATH=$(stage)/lib $(stage)/bin/secgear sign -k $(I)/key.pem -i $< -c test/integration/sim/config.xml $(sim.sign.$*) -o $@ >/dev/null
$(sim.dir)/libtally.so.1: test/integration/sim/tally.c
	@mkdir -p $(@D)
	$(Q)$(CC) -O1 -g -Wall -Wextra -fPIC -shared -fvisibility=hidden -Wl,-soname,$(@F) -o $@ $<
$(sim.dir)/brings_library.plain.so: | $(sim.dir)/libtally.so.1
# The same signed in other ways: name, then code, configuration, key.
sim.variants := asan_debug ubsan_debug crash_debug fault_start_debug debug brings_debug upgrade older product stranger usurper
sim.debug    := enclave debug key
sim.brings_debug := brings_library debug key
sim.sign.brings_debug := $(sim.sign.brings_library)
sim.asan_debug := asan debug key
sim.ubsan_debug := ubsan debug key
sim.crash_debug := crash debug key
sim.fault_start_debug := fault_start debug key
sim.upgrade  := release2 upgrade key
sim.older    := enclave older key
sim.product  := enclave product key
sim.stranger := enclave config other_key
sim.usurper  := enclave usurper other_key
define variant
$(sim.dir)/$(1).signed.so: $(sim.dir)/$(word 1,$(2)).plain.so test/integration/sim/$(word 2,$(2)).xml $(I)/$(word 3,$(2)).pem
	$$(Q)LD_LIBRARY_PATH=$(stage)/lib $(stage)/bin/secgear sign -k $(I)/$(word 3,$(2)).pem -i $$< -c test/integration/sim/$(word 2,$(2)).xml $(sim.sign.$(1)) -o $$@ >/dev/null
endef
$(foreach v,$(sim.variants),$(eval $(call variant,$(v),$(sim.$(v)))))

# Encrypted images: the release and its debug twin under one key, a stranger's under another.
sim.encrypted := $(sim.dir)/enclave.enc $(sim.dir)/debug.enc $(sim.dir)/stranger.enc
$(sim.dir)/%.key: $(O)/stage.done
	@mkdir -p $(@D)
	$(Q)rm -f $@ && LD_LIBRARY_PATH=$(stage)/lib $(stage)/bin/secgear encrypt --new-key $@
$(sim.encrypted): $(sim.dir)/%.enc: $(sim.dir)/%.signed.so $(sim.dir)/image.key $(sim.dir)/other.key
	$(Q)LD_LIBRARY_PATH=$(stage)/lib $(stage)/bin/secgear encrypt -k $(sim.dir)/$(if $(filter stranger,$*),other,image).key -i $< -o $@
.SECONDARY: $(sim.dir)/image.key $(sim.dir)/other.key

# What is no enclave, in several ways.
$(sim.dir)/bad.done: $(sim.encrypted) $(sim.dir)/enclave.signed.so $(sim.dir)/brings_library.signed.so $(sim.dir)/enclave.plain.so test/integration/sim/bad_images.sh
	$(Q)sh test/integration/sim/bad_images.sh $(sim.dir)
	@touch $@

$(I)/test_ra_verify: sim.more := libsecgear_verify libattestation_agent
$(I)/test_new: CPPFLAGS += -DBUILD_FLAGS='"$(SANFLG)"'
sim.tests := $(patsubst test/integration/sim/%.c,$(I)/%,$(wildcard test/integration/sim/test_*.c))
$(I)/test_%: test/integration/sim/test_%.c test/integration/sim/common.c test/integration/sim/attacks.c test/support.c $(wildcard test/integration/sim/*.h) $(O)/stage.done
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -std=gnu11 -D_GNU_SOURCE -O1 -g -Wall -Wextra $(SANFLG) $(CPPFLAGS) -Itest -Itest/integration/sim -o $@ $(filter %.c,$^) \
	    $(call stage.pc,--cflags --libs libsecgear_urts $(sim.more) check) -Wl,-rpath,$(stage)/lib

# Tests that root runs, of devices that root installs or starts.
system.tests := $(patsubst test/integration/system/%.c,$(I)/system/%,$(wildcard test/integration/system/test_*.c))
$(I)/system/test_%: test/integration/system/test_%.c test/integration/system/rig.c test/integration/sim/common.c test/integration/sim/attacks.c test/support.c $(wildcard test/integration/*/*.h) $(O)/stage.done
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -std=gnu11 -D_GNU_SOURCE -O1 -g -Wall -Wextra $(SANFLG) -Iinclude -Icommon -Itest -Itest/integration/sim -Itest/integration/system \
	    -o $@ $(filter %.c,$^) $(O)/io.a $(O)/wire.a $(O)/base.a $(call stage.pc,--cflags --libs libsecgear_urts check) -Wl,-rpath,$(stage)/lib
$(system.tests): $(O)/io.a $(O)/wire.a $(O)/base.a

# The examples of docs/edl.md, in one enclave.
edl.dir := $(I)/edl
$(edl.dir)/examples_t.c: docs/edl.md test/integration/codegen/examples.sh $(O)/stage.done
	$(call say,GEN,$@)
	$(Q)sh test/integration/codegen/examples.sh docs/edl.md $(edl.dir)
	$(Q)$(stage)/bin/codegen --secgear --search-path $(edl.dir) --untrusted-dir $(edl.dir) --trusted-dir $(edl.dir) \
	    $(edl.dir)/examples.edl >$(edl.dir)/log 2>&1 || { cat $(edl.dir)/log; exit 1; }
$(sim.dir)/edl_examples.plain.so: $(edl.dir)/examples_t.c
	$(call say,ENCL,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -O1 -g -Wall -Wextra -Werror -fPIC -shared -fvisibility=hidden -I$(edl.dir) -o $@ $< \
	    -include $(edl.dir)/examples_t.h $(edl.dir)/enclave.c $(call stage.pc,--cflags --libs libsecgear_trts)
$(I)/test_edl_examples: test/integration/codegen/examples_main.c $(sim.dir)/edl_examples.signed.so
	$(call say,LINK,$@)
	$(Q)$(CC) -std=gnu11 -D_GNU_SOURCE -O1 -g -Wall -Wextra -Werror $(SANFLG) -I$(edl.dir) -o $@ $< $(edl.dir)/examples_u.c \
	    $(call stage.pc,--cflags --libs libsecgear_urts) -Wl,-rpath,$(stage)/lib
sim.tests += $(I)/test_edl_examples

# Programs in Python and shell, and what they need beside them.
script.tests := $(patsubst test/integration/python/%.sh,$(I)/%,$(wildcard test/integration/python/test_*.sh))
$(script.tests): $(I)/%: test/integration/python/%.sh
	@mkdir -p $(@D)
	$(Q)install -m 755 $< $@
$(I)/python.done: $(wildcard test/python/*.py test/python/*/*.py) test/vectors/sc2.txt
	$(Q)rm -rf $(I)/python && mkdir -p $(I)/python/sc2 && cp test/python/*.py test/vectors/sc2.txt $(I)/python/ && \
	    cp test/python/sc2/*.py $(I)/python/sc2/
	@touch $@
$(I)/test_python: $(I)/python.done
sim.tests += $(script.tests)

integration: $(sim.tests) $(system.tests) $(sim.signed) $(sim.dir)/bad.done $(O)/samples.done
	$(Q)sh test/as_user.sh $(stage) $(I) $(samples)
	$(Q)sh test/as_root.sh $(stage) $(I)
integration-system: $(system.tests) $(sim.signed)
	$(Q)sh test/as_root.sh $(stage) $(I)

check test: $(test.units:%=$(O)/unit/%) $(test.fuzz:%=$(O)/replay/%) $(sim.tests) $(system.tests) $(sim.signed) $(sim.dir)/bad.done $(O)/samples.done
	$(Q)sh test/check.sh $(O)/unit $(O)/replay -- $(stage) $(I) $(samples)

# What has threads, for SAN=thread.
switchless.inside := test_switchless_inside test_switchless_answers
thread.units := test_dispatch test_lock $(switchless.inside) $(filter test_channel% test_session% test_verify%,$(test.units))
$(O)/threads.done: $(thread.units:%=$(O)/unit/%)
	@mkdir -p $(O)/threads && ln -sf $(abspath $^) $(O)/threads/ && touch $@
check-threads: $(O)/threads.done $(sim.tests) $(sim.signed) $(sim.dir)/bad.done $(O)/samples.done
	$(Q)SECGEAR_THREADS_ONLY=1 sh test/check.sh $(O)/threads -- $(stage) $(I) $(samples)

.PHONY: integration integration-system check test check-threads

# Without a C++ compiler that can bring its library along, there is no sample in C++.
samples.left := $(if $(wildcard $(shell $(CXX) -print-file-name=libstdc++.a 2>/dev/null)),,cpp)
samples.list := $(filter-out $(samples.left),$(patsubst samples/%/Makefile,%,$(wildcard samples/*/Makefile)))

# The samples, built as a user would: from the staged tree, through pkg-config, outside this one.
$(O)/samples.done: $(O)/stage.done $(shell find samples -type f)
	$(call say,SAMPLE,$(samples))
	$(Q)mkdir -p $(samples) && cp -R samples/. $(samples)
	$(Q)set -e; for s in $(samples.list); do \
	    $(stage.env) LD_LIBRARY_PATH=$(stage)/lib $(MAKE) --no-print-directory -s -C $(samples)/$$s HOST_CFLAGS='$(SANFLG)' >$(O)/samples.log 2>&1 || { cat $(O)/samples.log; exit 1; }; done
	@touch $@

samples: $(O)/samples.done
FILE ?=
demo: $(O)/samples.done
	$(Q)$(stage.env) LD_LIBRARY_PATH=$(stage)/lib XDG_STATE_HOME=$(abspath $(O)/demo-state) \
	    sh $(samples)/secure_channel/demo.sh $(abspath $(FILE))

.PHONY: samples demo

include test/edl.mk test/linear.mk test/pair.mk test/quality.mk test/switchless.mk
