# Tests of switchless calls: generated code of one EDL, against real enclaves and, both sides as
# threads of one process, under sanitizers. Included by test/rules.mk.
switchless.dir := $(O)/switchless
switchless.gen := $(switchless.dir)/switchless_t.c
$(switchless.gen): test/switchless/switchless.edl $(O)/bin/codegen
	$(call say,GEN,$@)
	@mkdir -p $(@D)
	$(Q)$(O)/bin/codegen --secgear $< --search-path include --trusted-dir $(@D) --untrusted-dir $(@D) >$(@D)/log 2>&1 || { cat $(@D)/log; exit 1; }

$(sim.dir)/switchless.plain.so: test/switchless/enclave.c $(switchless.gen) $(O)/stage.done
	$(call say,ENCL,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -O2 -g -Wall -Wextra -Werror -fPIC -shared -fvisibility=hidden -I$(switchless.dir) -o $@ \
	    test/switchless/enclave.c $(switchless.gen) $(call stage.pc,--cflags --libs libsecgear_trts)
sim.switchless := test_switchless test_switchless_batch test_switchless_death test_switchless_keep test_switchless_ocall
$(sim.switchless:%=$(I)/%): $(I)/%: test/switchless/%.c test/switchless/rig.c test/switchless/rig.h test/support.c $(switchless.gen) $(O)/stage.done
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -std=gnu11 -D_GNU_SOURCE -O1 -g -Wall -Wextra -Werror $(SANFLG) -Itest -Itest/switchless -I$(switchless.dir) -o $@ \
	    $(filter test/%.c,$^) $(switchless.dir)/switchless_u.c $(call stage.pc,--cflags --libs libsecgear_urts check) -Wl,-rpath,$(stage)/lib -lpthread
integration check test check-threads: $(sim.switchless:%=$(I)/%) $(sim.dir)/switchless.signed.so

# Both sides in one process. The enclave half keeps its names to itself.
switchless.cc = $(CC) -std=gnu11 -D_GNU_SOURCE -O1 -g -Wall -Wextra -Werror $(SANFLG) -Iinclude -Itest -I$(switchless.dir)
$(switchless.dir)/enclave.o: test/switchless/enclave.c $(switchless.gen) $(wildcard include/*.h)
	$(Q)$(switchless.cc) -c $< -o $@.1 && $(switchless.cc) -c $(switchless.gen) -o $@.2 && ld -r -o $@ $@.1 $@.2 && \
	    objcopy --keep-global-symbol=cc_enclave_image $@
$(addprefix $(switchless.dir)/,inside.o $(switchless.inside:%=%.o)): $(switchless.dir)/%.o: test/switchless/%.c test/switchless/inside.h test/harness.h $(switchless.gen) $(wildcard include/*.h libsecgear_urts/*.h common/*/*.h)
	$(call say,CC,$<)
	$(Q)$(switchless.cc) -Icommon -Ilibsecgear_urts -c $< -o $@
$(switchless.dir)/switchless_u.o: $(switchless.gen) $(wildcard include/*.h)
	$(Q)$(switchless.cc) -c $(switchless.dir)/switchless_u.c -o $@
$(switchless.inside:%=$(O)/unit/%): $(O)/unit/%: $(switchless.dir)/%.o $(addprefix $(switchless.dir)/,inside.o switchless_u.o enclave.o) \
    $(O)/test/support.o $(O)/test/harness.o $(O)/all.a
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(SANFLG) -o $@ $^ $(test.ldlibs)
unit check test: $(switchless.inside:%=$(O)/unit/%)

# The order of steps between callers and workers, in all interleavings; the channel's handshake, against
# an intruder (test/model).
models := switchless keeper serving ocalls batch sc2
model: $(models:%=model-%)
$(models:%=model-%): model-%:
	$(Q)CC='$(CC)' sh test/model/$*.sh $(O)/model-$*
# Nothing of it is compiled from this tree: once is enough.
unit check test: $(if $(SAN),,model)
.PHONY: model $(models:%=model-%)
