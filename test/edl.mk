# Proof of the EDL compiler and the call path: random round trips, hostile peers, defences undone.
# Included by test/rules.mk.

# Random signatures through real enclaves; how many says test/counts.h. make stress has its own
# folder, so that neither build removes what the other one made.
SEED       ?= 2026
roundtrip.o := $(patsubst test/roundtrip/%.c,$(O)/test/roundtrip/%.o,$(addprefix test/roundtrip/,generate.c signature.c tally.c write.c))
roundtrip.done := $(O)/roundtrip$(if $(SECGEAR_STRESS),-stress).done
$(O)/roundtrip/generate: $(roundtrip.o) $(O)/test/support.o
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(SANFLG) -o $@ $^ $(test.ldlibs)
$(roundtrip.o): INCLUDES := $(test.incs) -Itest/roundtrip
$(roundtrip.done): $(O)/roundtrip/generate $(wildcard test/roundtrip/*) $(O)/stage.done $(I)/key.pem
	$(call say,RANDOM,$(I)/test_roundtrip_NN)
	@rm -f $(O)/roundtrip*.done
	$(Q)CC='$(CC)' SANFLG='$(SANFLG)' JOBS=2 sh test/roundtrip/build.sh $(O)/roundtrip/generate $(SEED) \
	    $(abspath $(O)/roundtrip/files) $(stage) $(abspath $(I)) $(abspath $(I)/key.pem)
	$(if $(SECGEAR_STRESS),@cat $(O)/roundtrip/files/distribution.txt)
	@touch $@
roundtrip: $(roundtrip.done)
integration check test: $(roundtrip.done)
.PHONY: roundtrip

# Hostile peers. The enclave half keeps its names to itself, so that both halves fit one program.
hostile.dir := $(O)/hostile
hostile.gen := $(hostile.dir)/hostile_t.c
hostile.edl := test/hostile/hostile.edl
$(hostile.gen): $(hostile.edl) $(O)/bin/codegen
	$(call say,GEN,$@)
	@mkdir -p $(@D)
	$(Q)$(O)/bin/codegen --secgear $< --search-path include --trusted-dir $(@D) --untrusted-dir $(@D) >$(@D)/log 2>&1 || { cat $(@D)/log; exit 1; }
hostile.cc = $(CC) -std=gnu11 -D_GNU_SOURCE -O1 -g -Wall -Wextra -Werror $(SANFLG) -Iinclude -Itest -Itest/hostile -I$(hostile.dir)
$(hostile.dir)/enclave.o: test/hostile/enclave.c test/hostile/hostile_types.h $(hostile.gen)
	$(Q)$(hostile.cc) -c $< -o $@.1 && $(hostile.cc) -c $(hostile.gen) -o $@.2 && ld -r -o $@ $@.1 $@.2 && objcopy --keep-global-symbol=cc_enclave_image $@
hostile.c := host attack siege
$(hostile.dir)/%.o: test/hostile/%.c $(wildcard test/hostile/*.h test/*.h) $(hostile.gen)
	$(call say,CC,$<)
	$(Q)$(hostile.cc) -Icommon -Ilibsecgear_urts -c $< -o $@
$(hostile.dir)/hostile_u.o: $(hostile.gen)
	$(Q)$(hostile.cc) -Dcc_enclave_call_function=host_transport -c $(hostile.dir)/hostile_u.c -o $@
$(O)/unit/test_hostile_inside: $(addprefix $(hostile.dir)/,test_hostile_inside.o host.o attack.o siege.o hostile_u.o enclave.o) \
    $(O)/test/support.o $(O)/test/harness.o $(O)/all.a
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(SANFLG) -o $@ $^ $(test.ldlibs)
unit check test: $(O)/unit/test_hostile_inside

$(I)/test_hostile_sandbox: $(addprefix $(hostile.dir)/,test_hostile_sandbox.o host.o attack.o siege.o hostile_u.o) \
    $(O)/test/support.o $(O)/common/wire/window.o $(O)/base.a $(O)/stage.done
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(SANFLG) -o $@ $(filter %.o %.a,$^) $(call stage.pc,--libs libsecgear_urts check) -Wl,-rpath,$(stage)/lib
$(sim.dir)/hostile.signed.so: test/hostile/enclave.c test/hostile/hostile_types.h test/integration/sim/config.xml $(hostile.gen) $(I)/key.pem $(O)/stage.done
	$(call say,ENCL,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -O2 -g -Wall -Wextra -fPIC -shared -fvisibility=hidden -Itest/hostile -I$(hostile.dir) -o $(hostile.dir)/hostile.plain.so \
	    test/hostile/enclave.c $(hostile.gen) $(call stage.pc,--cflags --libs libsecgear_trts)
	$(Q)LD_LIBRARY_PATH=$(stage)/lib $(stage)/bin/secgear sign -k $(I)/key.pem -i $(hostile.dir)/hostile.plain.so -c test/integration/sim/config.xml -o $@ >/dev/null
integration check test: $(I)/test_hostile_sandbox $(sim.dir)/hostile.signed.so

# Defences of generated code, by name (test/undo). The other half is test/integration/codegen/sdk_8_3.sh.
$(O)/test/unit/test_sdk_8_3.o: $(codegen.gen) test/integration/codegen/world.h
$(O)/test/unit/test_sdk_8_3.o: CPPFLAGS += -I$(O)/gen -Itest/integration/codegen -idirafter test/integration/codegen/stub
sdk-8-3: $(O)/bin/codegen
	$(Q)mkdir -p $(O)/sdk_8_3 && sh test/integration/codegen/sdk_8_3.sh $(O)/bin/codegen $(O)/sdk_8_3 $(NAME)
unit check test: sdk-8-3 codegen-check
.PHONY: sdk-8-3

# Takes away one defence after the other, in a copy of the tree; its test must fail each time.
NAME ?=
undo: $(addprefix $(O)/unit/,$(filter test_channel_% test_session test_aead,$(test.units)) test_sdk_8_3 test_hostile_inside test_dispatch $(switchless.inside)) $(O)/bin/codegen
	$(Q)sh test/undo/run.sh '$(MAKE)' $(O) $(abspath $(O)/undo) $(NAME)
.PHONY: undo

# Programs in the forms that applications have, in every mode.
forms: $(O)/bin/codegen
	$(Q)mkdir -p $(O)/forms && sh test/forms/run.sh $(O)/bin/codegen $(O)/forms
unit check test: forms
.PHONY: forms
