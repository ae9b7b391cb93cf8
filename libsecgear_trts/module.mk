# The enclave runtime: dispatch, copy-in, random, and what it asks its device: reports, keys. No sockets but the device's, no files.
LIBS                     += secgear_trts
secgear_trts.srcs        := $(notdir $(wildcard libsecgear_trts/*.c))
secgear_trts.uses        := wire crypto base
# The sandboxed enclave process runs uninstrumented.
UNSANITIZED              += secgear_trts
