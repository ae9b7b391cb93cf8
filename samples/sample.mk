# What each sample's Makefile shares, on top of the secgear.mk of an installed secGear: the enclave is
# enclave/*.c, the host host/main.c (or .cc both), the interface <name>.edl. The key that signs is made here
# at the first build.
include $(or $(shell $(or $(PKG_CONFIG),pkg-config) --variable=secgear_mk libsecgear_urts),$(error libsecgear_urts.pc is not found: install secGear, or set PKG_CONFIG_PATH))

all: $(OUT)/$(NAME)_host $(OUT)/enclave.signed.so

enclave.edl      := $(NAME).edl
enclave.sources  := $(wildcard enclave/*.c enclave/*.cc) $(ENCLAVE_EXTRA)
enclave.packages := $(ENCLAVE_PKGS)
enclave.config   := enclave/Enclave.config.xml
enclave.key      := $(OUT)/signing_key.pem
$(eval $(call secgear_enclave,enclave))

$(NAME)_host.edl      := $(NAME).edl
$(NAME)_host.sources  := $(wildcard host/main.c host/*.cc) $(HOST_EXTRA)
$(NAME)_host.packages := $(HOST_PKGS)
$(eval $(call secgear_host,$(NAME)_host))

# Whoever has the key can replace the enclave: it is made for this sample alone and stays private.
$(OUT)/signing_key.pem:
	@mkdir -p $(OUT)
	$(SECGEAR) sign --new-key $@

clean:
	$(RM) -r $(OUT)
.PHONY: all clean
