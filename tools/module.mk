# The operator's command: one program, a subcommand each file cmd_*.c.
PROGS += secgear
secgear.dir   := tools
# Fetching collateral takes libcurl, where the build finds it.
HAVE_CURL     := $(shell $(PKG_CONFIG) --exists libcurl 2>/dev/null && echo yes)
secgear.srcs  := $(filter-out $(if $(HAVE_CURL),fetch_none.c,fetch_curl.c),$(notdir $(wildcard tools/*.c)))
secgear.pkgs  := $(if $(HAVE_CURL),libcurl)
secgear.uses  := files verify io crypto wire base
secgear.where := bin

# The same program as a build without libcurl has it, for its test.
nocurl.objs := $(patsubst %.c,$(O)/tools/%.o,$(filter-out fetch_curl.c,$(sort fetch_none.c $(secgear.srcs))))
$(O)/tools/fetch_none.o: INCLUDES = $(call incs,secgear,tools)
$(O)/nocurl/secgear: $(nocurl.objs) $(secgear.uses:%=$(O)/%.a)
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(SANFLG) $(CFLAGS) $(LTO) -pie -o $@ $^ $(LDHARD) $(shell $(PKG_CONFIG) --libs $(filter-out libcurl,$(foreach a,$(secgear.uses),$($(a).pkgs)))) $(secgear.ldlibs) $(LDFLAGS)

# What `secgear gdb` loads into gdb.
LIBEXEC_SCRIPTS += tools/secgear-gdb.py
all: $(O)/libexec/secgear-gdb.py
$(O)/libexec/secgear-gdb.py: tools/secgear-gdb.py
	@mkdir -p $(@D)
	@cp $< $@

# What `secgear new` makes projects from.
NEW_FILES := $(sort $(patsubst tools/new/%,%,$(shell find tools/new -type f)))
all: $(NEW_FILES:%=$(O)/share/secgear/new/%)
$(O)/share/secgear/new/%: tools/new/%
	@mkdir -p $(@D)
	@cp $< $@

# The reference's signing script, on top of it.
SCRIPTS += tools/sign_tool.sh

# Its test runs the program and the script.
$(O)/unit/test_secgear $(O)/unit/test_bad_input $(O)/unit/test_tool_kill $(O)/unit/test_forgery $(O)/unit/test_collateral: | $(O)/bin/secgear $(O)/libexec/secgear-device $(O)/libexec/secgear-zygote $(O)/libexec/secgear-gdb.py $(O)/lib/libsecgear_trts.so.1
$(O)/unit/test_collateral $(O)/unit/test_collateral_amd: | $(O)/bin/secgear $(O)/nocurl/secgear
