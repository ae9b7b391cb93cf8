# Client end of the secure channel for an enclave: brought by the images that open channels.
LIBS                    += tsecure_client
tsecure_client.srcs     := judge.c world.c
tsecure_client.uses     := client verify channel wire crypto base
tsecure_client.needs    := secgear_trts
# Its public functions are in the archive that both clients are made from.
tsecure_client.ldlibs   := -Wl,-u,cc_sec_chl_client_init
# Its test's clients are in an enclave: its world comes before the archive that has another one.
$(O)/unit/test_channel_mutual: test.first := $(O)/libtsecure_client/world.o
$(O)/unit/test_channel_mutual: $(O)/libtsecure_client/world.o
# The sandboxed enclave process runs uninstrumented.
UNSANITIZED             += tsecure_client
