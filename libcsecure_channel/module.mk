# Client end of the secure channel; remote machine, so no urts, no device.
LIBS                     += csecure_channel
csecure_channel.srcs     := client.c connect.c foreign.c handle.c prove.c stream.c trust.c
csecure_channel.uses     := verify channel io wire crypto base

# Its test opens the library of verifiers at run time.
$(O)/unit/test_channel_foreign: | $(O)/lib/libsecgear_verify.so.1
