# Host's relay of the secure channel: moves sealed messages, holds no key, links no libcrypto.
LIBS                     += usecure_channel
usecure_channel.srcs     := calls.c relay.c serve.c
usecure_channel.uses     := io wire base
