# The simulated TEE: the device (keys, measuring, signing) and the zygote, whose children become
# enclaves. The zygote links no libcrypto: it gets the sealed copy that the device hashed.
PROGS += secgear-device secgear-zygote

secgear-device.dir    := tee_device/device
secgear-device.srcs   := $(notdir $(wildcard tee_device/device/*.c))
secgear-device.uses   := io wire crypto base
secgear-device.where  := libexec

# Where tpm2-tss is at build time: the root secret of a device that serves can be wrapped by a TPM.
ifeq ($(shell $(PKG_CONFIG) --exists tss2-esys tss2-mu tss2-tctildr && echo yes),yes)
PROGS += secgear-tpm
endif
secgear-tpm.dir       := tee_device/tpm
secgear-tpm.srcs      := main.c
secgear-tpm.uses      := base
secgear-tpm.pkgs      := tss2-esys tss2-mu tss2-tctildr
secgear-tpm.where     := libexec

secgear-zygote.dir    := tee_device/zygote
secgear-zygote.srcs   := $(notdir $(wildcard tee_device/zygote/*.c))
secgear-zygote.uses   := io wire base
secgear-zygote.pkgs   := libseccomp
secgear-zygote.ldlibs := -ldl -Wl,--export-dynamic-symbol=pthread_create
secgear-zygote.where  := libexec
UNSANITIZED           += secgear-zygote
