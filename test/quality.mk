# Checks of the code rather than of what it does; included by test/rules.mk.
lint:
	$(Q)CC='$(CC)' sh test/lint/run.sh

format:
	$(Q)find . \( -name out -o -name 'out-*' -o -name .git \) -prune -o -name '*.[ch]' -exec clang-format -i {} +

# Exports, needs and hardening of what was built; a sanitizer's build has others.
abi: all
	$(Q)$(if $(SAN),echo 'abi: skipped under SAN=$(SAN)',WITH_IPSEC_MB=$(filter 1,$(WITH_IPSEC_MB)) sh test/abi.sh $(O) "$(LIBS)" "$(foreach p,$(PROGS),$($(p).exe))" $(SOVERSION))

# The README's EDL is compiled, and documents link to what is there.
docs: $(codegen.exe)
	$(Q)sh test/docs.sh $(codegen.exe) $(O)/readme

# The same sources, built and signed twice in different folders, are the same enclave.
reproducible: $(O)/stage.done
	$(Q)$(stage.env) LD_LIBRARY_PATH=$(stage)/lib sh test/reproducible.sh '$(MAKE)' $(stage)/bin/secgear

# The commands of the tutorials, one after the other.
tutorial: $(O)/stage.done
	$(Q)$(if $(SAN),echo 'tutorial: skipped under SAN=$(SAN)',sh test/tutorial.sh $(stage) docs/tutorial.md docs/tutorial-channel.md)

check test: lint abi docs reproducible tutorial

# Each installed library alone, each function that its map exports.
$(I)/exports.h: test/quality.mk $(foreach l,$(LIBS),lib$(l)/lib$(l).map)
	@mkdir -p $(@D)
	$(Q)for l in $(LIBS); do awk -v lib=lib$$l.so.$(SOVERSION) '/local:/ || /^}/ { on = 0 } on && /;/ { gsub(/[ ;]/, ""); \
	    print "{\"" lib "\", \"" $$0 "\"}," } /global:/ { on = 1 }' lib$$l/lib$$l.map; done > $@
$(I)/test_dlopen: test/integration/dlopen/test_dlopen.c test/support.c $(I)/exports.h $(O)/stage.done
	$(call say,LINK,$@)
	$(Q)$(CC) -std=gnu11 -D_GNU_SOURCE -O1 -g -Wall -Wextra $(SANFLG) -Itest -I$(I) -I$(stage)/include/secGear -o $@ $(filter %.c,$^) \
	    $(call stage.pc,--cflags --libs check) -ldl -Wl,-rpath,$(stage)/lib
integration check test: $(I)/test_dlopen

# The same tests with the large counts of test/counts.h.
stress:
	$(Q)SECGEAR_STRESS=1 $(MAKE) --no-print-directory check

# Lines and branches that the tests reach; enclave processes are not measured, the same code in one
# process is (docs/ARCHITECTURE.md). Programs that end by _exit(), like the device, leave no record.
COVER_FLOOR ?= 80
# Counters between the lines, at -O1, hide from the compiler what is set before it is used.
cover.make   = $(MAKE) --no-print-directory O=out-cover SAN=cover CFLAGS='-O1 -g -Wno-maybe-uninitialized'
cover:
	+$(Q)$(cover.make) COVER_FLOOR=$(COVER_FLOOR) cover-run
cover-run: $(test.units:%=$(O)/unit/%) $(test.fuzz:%=$(O)/replay/%) $(sim.tests) $(system.tests) $(sim.signed) $(sim.dir)/bad.done
	$(Q)find $(O) -name '*.gcda' -exec rm -f {} +
	$(Q)find $(O) -type d -exec chmod a+rwx {} + # tests that drop to another user write there, too
	$(Q)umask 0; sh test/check.sh $(O)/unit $(O)/replay -- $(stage) $(I)
	$(Q)sh test/cover.sh $(O) $(COVER_FLOOR)

# Each refusal of channel, policy and evidence turned round and left out in turn; FILES="..." of them only.
ifneq ($(filter mutate cover-channel-run,$(MAKECMDGOALS)),)
mutate.units := $(shell python3 test/mutate.py --units)
mutate.files := $(shell python3 test/mutate.py --files)
endif
mutate: $(mutate.units:%=$(O)/unit/%)
	$(Q)python3 test/mutate.py '$(MAKE)' $(O) $(abspath $(O)/mutate) $(FILES)

# The files that it changes, by their unit tests alone.
COVER_CHANNEL_FLOOR ?= 95
cover-channel:
	+$(Q)$(cover.make) cover-channel-run
cover-channel-run: $(mutate.units:%=$(O)/unit/%)
	$(Q)find $(O) -name '*.gcda' -exec rm -f {} +
	$(Q)for u in $(filter-out test_forgery,$(mutate.units)); do $(O)/unit/$$u >$(O)/$$u.log || { cat $(O)/$$u.log; exit 1; }; done
	$(Q)sh test/cover.sh $(O) $(COVER_CHANNEL_FLOOR) $(mutate.files)

stats:
	$(Q)sh test/stats.sh

distcheck:
	$(Q)sh test/distcheck.sh '$(MAKE)'

.PHONY: tutorial reproducible docs lint format abi stress mutate cover cover-run cover-channel cover-channel-run stats distcheck
