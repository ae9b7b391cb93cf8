# Compiled into both sides of the trust boundary; linked statically, never installed.
ARCHIVES += base wire crypto channel io

base.dir  := common/base
base.srcs := barrier.c bytes.c codes.c detail.c lock.c pace.c sink.c text.c

# Every byte format that crosses a boundary: pure, no allocation, no I/O, no crypto.
wire.dir  := common/wire
wire.srcs := $(notdir $(wildcard common/wire/*.c))

# The only place that includes OpenSSL's EVP. WITH_IPSEC_MB=1: and intel-ipsec-mb, a second backend of
# AES-GCM that the CPU decides on at run time; its package has no .pc file.
crypto.dir  := common/crypto
crypto.srcs := $(filter-out $(if $(filter 1,$(WITH_IPSEC_MB)),aead_mb_none.c,aead_mb.c),$(notdir $(wildcard common/crypto/*.c)))
crypto.pkgs := libcrypto
ifeq ($(WITH_IPSEC_MB),1)
crypto.ldlibs := -lIPSec_MB
ifneq ($(shell echo 'int main(void) { return alloc_mb_mgr(0) == 0; }' | $(CC) -include intel-ipsec-mb.h -x c - -o /dev/null $(crypto.ldlibs) && echo yes),yes)
$(error WITH_IPSEC_MB=1 needs intel-ipsec-mb.h and libIPSec_MB (Debian: libipsec-mb-dev))
endif
endif

# The secure channel's key schedule and records, the same on both ends.
channel.dir  := common/channel
channel.srcs := $(notdir $(wildcard common/channel/*.c))
channel.pkgs := libcrypto

# Sockets; never in a library that runs in an enclave.
io.dir  := common/io
io.srcs := $(notdir $(wildcard common/io/*.c))
