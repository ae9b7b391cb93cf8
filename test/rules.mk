# Tests, fuzz targets and checks; included by the Makefile. Tests may see everything, nobody sees them.
test.units := $(patsubst test/unit/%.c,%,$(wildcard test/unit/test_*.c))
test.fuzz  := $(patsubst test/fuzz/fuzz_%.c,%,$(wildcard test/fuzz/fuzz_*.c))
test.incs  := -Iinclude -Icommon -Iattestation -Itest $(LIBS:%=-Ilib%) $(sort $(foreach p,$(PROGS),-I$($(p).dir)))
test.pkgs  := $(sort check libcrypto $(foreach x,$(LIBS) $(PROGS) $(ARCHIVES),$($(x).pkgs)))
test.ldlibs := $(shell $(PKG_CONFIG) --libs $(test.pkgs)) -ldl

# Everything but the mains: unit tests link objects, so they reach hidden functions and --wrap works.
# Libraries that run uninstrumented in an enclave are built once more, instrumented, for the
# in-process harness, where both sides are threads of one process.
test.twice := $(if $(SAN),$(filter $(UNSANITIZED),$(LIBS)))
test.objs  := $(sort $(foreach x,$(ARCHIVES) $(filter-out $(test.twice),$(LIBS)) $(PROGS),$(filter-out %/main.o,$($(x).objs))) \
                     $(foreach l,$(test.twice),$($(l).srcs:%.c=$(O)/inst/lib$(l)/%.o)))
$(foreach l,$(test.twice),$(eval $(O)/inst/lib$(l)/%.o: INCLUDES := -Iinclude -Icommon -Ilib$(l)))
$(O)/inst/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(STRICT) $(SANFLG) $(CPPFLAGS) $(CFLAGS) $(INCLUDES) -MMD -MP -c $< -o $@
$(O)/all.a: $(test.objs)

$(O)/test/%.o: INCLUDES := $(test.incs)
$(O)/unit/%: $(O)/test/unit/%.o $(O)/test/fault.o $(O)/test/support.o $(O)/test/harness.o $(O)/all.a
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(SANFLG) -o $@ $^ $(if $(SAN),,-Wl,--wrap=malloc) $(test.ldlibs)

# Corpus replay without a fuzzer: part of check.
$(O)/replay/%: $(O)/test/fuzz/fuzz_%.o $(O)/test/fuzz/replay.o $(O)/test/harness.o $(O)/all.a
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(SANFLG) -o $@ $^ $(test.ldlibs)

unit: $(test.units:%=$(O)/unit/%) $(test.fuzz:%=$(O)/replay/%)
	$(Q)sh test/run.sh $(O)/unit $(O)/replay

TIME ?= 60
fuzz-list:
	@for t in $(test.fuzz); do echo $$t; done
fuzz:
	$(Q)$(MAKE) --no-print-directory CC=clang O=out-fuzz SAN=fuzzer-no-link,address,undefined fuzz-run TIME=$(TIME) T=$(T)
fuzz-run: $(addprefix $(O)/fuzz/,$(or $(T),$(test.fuzz)))
	$(Q)set -e; for t in $^; do sh test/fuzz/run.sh $$t $(TIME); done
$(O)/fuzz/%: $(O)/test/fuzz/fuzz_%.o $(O)/test/harness.o $(O)/all.a
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -fsanitize=fuzzer,address,undefined -o $@ $^ $(test.ldlibs)

.PHONY: unit fuzz fuzz-list fuzz-run
