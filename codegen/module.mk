# EDL compiler: lexer, parser, rules, emitters. Output uses installed headers only.
PROGS += codegen
codegen.dir   := codegen
codegen.srcs  := $(notdir $(wildcard codegen/*.c))
codegen.uses  := base
codegen.where := bin

# Tests run really generated code: both halves of one EDL file, in one program.
codegen.gen   := $(O)/gen/boundary_t.c $(O)/gen/nested_t.c $(O)/gen/quick_t.c
codegen.tests := $(patsubst %,$(O)/test/%.o,unit/test_codegen_call unit/test_codegen_deep unit/test_codegen_switchless unit/test_codegen unit/test_codegen_rules \
    fuzz/fuzz_ecall_frame fuzz/fuzz_ocall_frame)
$(codegen.gen): $(O)/gen/%_t.c: test/integration/codegen/%.edl $(O)/bin/codegen
	$(call say,GEN,$@)
	@mkdir -p $(@D)
	$(Q)$(O)/bin/codegen --secgear $< --search-path include --trusted-dir $(@D) --untrusted-dir $(@D) \
	    >$(@D)/$*.log 2>&1 || { cat $(@D)/$*.log; exit 1; }
$(codegen.tests): $(codegen.gen) $(wildcard test/integration/codegen/*.h)
$(codegen.tests): CPPFLAGS += -I$(O)/gen -Itest/integration/codegen -idirafter test/integration/codegen/stub

# Compilers, modes and flags over generated code; the command line.
codegen-check: $(O)/bin/codegen
	$(Q)mkdir -p $(O)/codegen_check && sh test/integration/codegen/run.sh $(O)/bin/codegen $(O)/codegen_check
unit: codegen-check
.PHONY: codegen-check
