# Two enclaves with a channel between them, and what is left of a session in an enclave's memory.
# Included by test/rules.mk.
pair.dir    := $(I)/pair
pair.from   := test/integration/pair
pair.gen    := $(pair.dir)/pair_t.c
pair.images := $(patsubst $(pair.from)/%.xml,$(sim.dir)/%.signed.so,$(wildcard $(pair.from)/pair_*.xml))
$(pair.gen): $(pair.from)/pair.edl $(O)/stage.done
	$(call say,GEN,$@)
	@mkdir -p $(@D)
	$(Q)$(stage)/bin/codegen --secgear --search-path $(stage)/include/secGear --untrusted-dir $(@D) --trusted-dir $(@D) $< >$(@D)/log 2>&1 || { cat $(@D)/log; exit 1; }
$(pair.dir)/enclave.so: $(pair.from)/enclave.c $(pair.from)/pair.h $(pair.gen)
	$(call say,ENCL,$@)
	$(Q)$(CC) -O1 -g -Wall -Wextra -fPIC -shared -fvisibility=hidden -I$(pair.dir) -I$(pair.from) -o $@ $< $(pair.gen) \
	    $(call stage.pc,--cflags --libs libsecgear_trts libtsecure_channel libtsecure_client)
$(pair.images): $(sim.dir)/%.signed.so: $(pair.dir)/enclave.so $(pair.from)/%.xml $(I)/key.pem
	@mkdir -p $(@D)
	$(Q)LD_LIBRARY_PATH=$(stage)/lib $(stage)/bin/secgear sign -k $(I)/key.pem -i $< -c $(pair.from)/$*.xml \
	    --library $$($(CC) -print-file-name=libjansson.so.4) --library $(stage)/lib/libtsecure_client.so.1 -o $@ >/dev/null
$(I)/test_pair: $(pair.from)/test_pair.c $(pair.from)/pair.h test/integration/sim/common.c test/support.c $(pair.gen)
	$(call say,LINK,$@)
	$(Q)$(CC) -std=gnu11 -D_GNU_SOURCE -O1 -g -Wall -Wextra $(SANFLG) -Itest -Itest/integration/sim -I$(pair.from) -I$(pair.dir) \
	    -o $@ $(filter %/test_pair.c %/common.c %/support.c,$^) $(pair.dir)/pair_u.c \
	    $(call stage.pc,--cflags --libs libusecure_channel libsecgear_urts check) -Wl,-rpath,$(stage)/lib

# With the client's own objects, so that it can tell what to look for.
memory.with := client verify channel io crypto wire base
$(I)/test_memory: $(pair.from)/test_memory.c $(pair.from)/pair.h test/integration/sim/common.c test/support.c $(pair.gen) \
    $(csecure_channel.objs) $(memory.with:%=$(O)/%.a)
	$(call say,LINK,$@)
	$(Q)$(CC) -std=gnu11 -D_GNU_SOURCE -O1 -g -Wall -Wextra $(SANFLG) -fno-lto -Itest -Itest/integration/sim -I$(pair.from) -I$(pair.dir) \
	    -Icommon -Iattestation -Ilibcsecure_channel -Wl,--wrap=trust_check -o $@ $(filter %/test_memory.c %/common.c %/support.c,$^) $(pair.dir)/pair_u.c \
	    $(csecure_channel.objs) $(memory.with:%=$(O)/%.a) $(call libs,csecure_channel) -ldl \
	    $(call stage.pc,--cflags --libs libusecure_channel libsecgear_urts check) -Wl,-rpath,$(stage)/lib
sim.tests  += $(I)/test_pair $(I)/test_memory
sim.signed += $(pair.images)
integration check test check-threads: $(I)/test_pair $(I)/test_memory $(pair.images)
