# The operator's command: one program, a subcommand each file cmd_*.c.
PROGS += secgear
secgear.dir   := tools
secgear.srcs  := $(notdir $(wildcard tools/*.c))
secgear.uses  := verify io crypto wire base
secgear.where := bin

# The reference's signing script, on top of it.
SCRIPTS += tools/sign_tool.sh

# Its test runs the program and the script.
$(O)/unit/test_secgear $(O)/unit/test_tool_kill $(O)/unit/test_forgery: | $(O)/bin/secgear $(O)/libexec/secgear-device $(O)/libexec/secgear-zygote $(O)/lib/libsecgear_trts.so.1
