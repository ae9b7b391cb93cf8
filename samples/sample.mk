# What each sample's Makefile shares: everything comes from an installed secGear, found through
# pkg-config. An enclave is a shared object from enclave/*.c and the generated <name>_t.c, signed
# with a key that is made here at the first build.
PKG_CONFIG ?= pkg-config
OUT        ?= out
comma      := ,
bindir     := $(shell $(PKG_CONFIG) --variable=bindir libsecgear_urts)
$(if $(bindir),,$(error libsecgear_urts.pc is not found: install secGear, or set PKG_CONFIG_PATH))
CODEGEN    ?= $(bindir)/codegen
SECGEAR    ?= $(bindir)/secgear
CFLAGS     ?= -O2 -g
HOST_CFLAGS ?=
WARN       := -Wall -Wextra
edldir     := $(shell $(PKG_CONFIG) --variable=includedir libsecgear_urts)
libdir     := $(shell $(PKG_CONFIG) --variable=libdir libsecgear_urts)
# So that the same sources give the same measurement in whatever folder they are built.
SAME       := -ffile-prefix-map=$(CURDIR)=.
HARDEN     := -fstack-protector-strong -fstack-clash-protection -D_FORTIFY_SOURCE=2 -Wl,-z,relro,-z,now

all: $(OUT)/$(NAME)_host $(OUT)/enclave.signed.so

$(OUT)/$(NAME)_u.c: $(NAME).edl
	@mkdir -p $(OUT)
	$(CODEGEN) --secgear --untrusted --untrusted-dir $(OUT) --search-path $(edldir) $<
$(OUT)/$(NAME)_t.c: $(NAME).edl
	@mkdir -p $(OUT)
	$(CODEGEN) --secgear --trusted --trusted-dir $(OUT) --search-path $(edldir) $<

# C++ files are objects of their own, since the generated files are C; they make the linker that of C++.
$(OUT)/%.o: %.cc $(OUT)/$(NAME)_u.c $(OUT)/$(NAME)_t.c
	@mkdir -p $(@D)
	$(CXX) -std=c++17 $(CFLAGS) $(if $(filter host/%,$<),$(HOST_CFLAGS),$(SAME)) $(WARN) -fstack-protector-strong -fstack-clash-protection -D_FORTIFY_SOURCE=2 -fPIC \
	    -fvisibility=hidden -I$(OUT) -I. $(shell $(PKG_CONFIG) --cflags libsecgear_urts libsecgear_trts) -c $< -o $@
HOST_CXX    := $(patsubst %.cc,$(OUT)/%.o,$(wildcard host/*.cc))
ENCLAVE_CXX := $(patsubst %.cc,$(OUT)/%.o,$(wildcard enclave/*.cc))

$(OUT)/$(NAME)_host: $(wildcard host/main.c) $(OUT)/$(NAME)_u.c $(HOST_EXTRA) $(HOST_CXX)
	$(CC) $(CFLAGS) $(HOST_CFLAGS) $(WARN) $(HARDEN) -fPIE -pie -I$(OUT) -I. $(shell $(PKG_CONFIG) --cflags libsecgear_urts $(HOST_PKGS)) -o $@ \
	    $(filter %.c %.o,$^) $(if $(HOST_CXX),-lstdc++) $(shell $(PKG_CONFIG) --libs libsecgear_urts $(HOST_PKGS)) -Wl,-rpath,$(libdir)

# An enclave brings its C++ library along, and thus measures it.
$(OUT)/enclave.so: $(wildcard enclave/*.c) $(OUT)/$(NAME)_t.c $(ENCLAVE_EXTRA) $(ENCLAVE_CXX)
	$(CC) $(CFLAGS) $(SAME) $(WARN) $(HARDEN) -fPIC -shared -fvisibility=hidden -I$(OUT) -I. $(shell $(PKG_CONFIG) --cflags libsecgear_trts $(ENCLAVE_PKGS)) -o $@ \
	    $(filter %.c %.o,$^) $(if $(ENCLAVE_CXX),-Wl$(comma)-Bstatic -lstdc++ -Wl$(comma)-Bdynamic -lm -lgcc_s) \
	    $(shell $(PKG_CONFIG) --libs libsecgear_trts $(ENCLAVE_PKGS))

# Whoever has the key can replace the enclave: it is made for this sample alone and stays private.
$(OUT)/signing_key.pem:
	@mkdir -p $(OUT)
	umask 077 && openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:3072 -out $@ 2>/dev/null || \
	    (umask 077 && openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:3072 -out $@ 2>/dev/null)

$(OUT)/enclave.signed.so: $(OUT)/enclave.so enclave/Enclave.config.xml $(OUT)/signing_key.pem
	$(SECGEAR) sign -k $(OUT)/signing_key.pem -i $< -c enclave/Enclave.config.xml -o $@

clean:
	$(RM) -r $(OUT)
.PHONY: all clean
