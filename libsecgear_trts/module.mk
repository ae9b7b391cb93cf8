# The enclave runtime: dispatch, copy-in, random, report. No sockets but the device's, no files.
LIBS                     += secgear_trts
secgear_trts.srcs        := dispatch.c memory_check.c ocall.c print.c random.c report.c start.c thread.c
secgear_trts.uses        := wire crypto base
# The sandboxed enclave process runs uninstrumented.
UNSANITIZED              += secgear_trts
