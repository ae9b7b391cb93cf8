# Client end of the secure channel; remote machine, so no urts, no device.
LIBS                     += csecure_channel
csecure_channel.srcs     := client.c connect.c handle.c prove.c trust.c
csecure_channel.uses     := verify channel wire crypto base
