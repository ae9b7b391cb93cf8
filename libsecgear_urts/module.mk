# The host runtime: life cycle, calls, what enclaves may ask of their host. Holds no key.
LIBS                     += secgear_urts
secgear_urts.srcs        := $(notdir $(wildcard libsecgear_urts/*.c))
secgear_urts.uses        := io wire base
