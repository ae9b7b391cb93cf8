# Client end of the secure channel; remote machine, so no urts, no device.
LIBS                     += csecure_channel
csecure_channel.srcs     := foreign.c stream.c world.c
csecure_channel.uses     := client verify channel io wire crypto base

# What does not ask where it runs: libtsecure_client is made from it, too.
ARCHIVES    += client
client.dir  := libcsecure_channel
client.srcs := client.c connect.c handle.c prove.c trust.c

# Its test opens the library of verifiers at run time.
$(O)/unit/test_channel_foreign: | $(O)/lib/libsecgear_verify.so.1
