# Compiled into both sides of the trust boundary; linked statically, never installed.
ARCHIVES += base wire crypto channel io

base.dir  := common/base
base.srcs := bytes.c codes.c detail.c lock.c sink.c text.c

# Every byte format that crosses a boundary: pure, no allocation, no I/O, no crypto.
wire.dir  := common/wire
wire.srcs := $(notdir $(wildcard common/wire/*.c))

# The only place that includes OpenSSL's EVP.
crypto.dir  := common/crypto
crypto.srcs := $(notdir $(wildcard common/crypto/*.c))
crypto.pkgs := libcrypto

# The secure channel's key schedule and records, the same on both ends.
channel.dir  := common/channel
channel.srcs := $(notdir $(wildcard common/channel/*.c))
channel.pkgs := libcrypto

# Sockets; never in a library that runs in an enclave.
io.dir  := common/io
io.srcs := $(notdir $(wildcard common/io/*.c))
