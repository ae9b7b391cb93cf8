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
