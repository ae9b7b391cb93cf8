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
sim.switchless := test_switchless test_switchless_death
$(sim.switchless:%=$(I)/%): $(I)/%: test/switchless/%.c test/switchless/rig.c test/switchless/rig.h test/support.c $(switchless.gen) $(O)/stage.done
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -std=gnu11 -D_GNU_SOURCE -O1 -g -Wall -Wextra -Werror $(SANFLG) -Itest -Itest/switchless -I$(switchless.dir) -o $@ \
	    $(filter test/%.c,$^) $(switchless.dir)/switchless_u.c $(call stage.pc,--cflags --libs libsecgear_urts check) -Wl,-rpath,$(stage)/lib -lpthread
integration check test check-threads: $(sim.switchless:%=$(I)/%) $(sim.dir)/switchless.signed.so
