# The host runtime: life cycle, calls, what enclaves may ask of their host. Holds no key.
LIBS                     += secgear_urts
secgear_urts.srcs        := $(notdir $(wildcard libsecgear_urts/*.c))
# A thread waits for the device's end: who closes the library while one runs must not take its code away.
secgear_urts.ldlibs      := -Wl,-z,nodelete
secgear_urts.uses        := io wire base
