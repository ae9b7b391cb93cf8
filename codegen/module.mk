# EDL compiler: lexer, parser, rules, emitters. Output uses installed headers only.
PROGS += codegen
codegen.dir   := codegen
codegen.srcs  := $(notdir $(wildcard codegen/*.c))
codegen.uses  := base
codegen.where := bin
