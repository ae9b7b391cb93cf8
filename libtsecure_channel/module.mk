# Trusted end of the secure channel: lives in the enclave, owns the session keys.
LIBS                     += tsecure_channel
tsecure_channel.srcs     := accept.c configure.c cookie.c crypt.c guard.c pool.c roster.c service.c
tsecure_channel.uses     := channel wire crypto base
tsecure_channel.needs    := secgear_trts
# The sandboxed enclave process runs uninstrumented.
UNSANITIZED              += tsecure_channel
