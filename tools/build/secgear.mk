# secgear.mk - enclaves and their hosts in a Makefile of your own (GNU make), from an installed secGear.
#
#   include $(shell pkg-config --variable=secgear_mk libsecgear_urts)
#
#   demo.edl     := demo.edl                 the interface of both sides
#   demo.sources := enclave/main.c           C, or C++ (.cc .cpp .cxx)
#   demo.config  := enclave/manifest.txt     manifest.txt or Enclave.config.xml
#   demo.key     := signing_key.pem          secgear sign --new-key signing_key.pem
#   $(eval $(call secgear_enclave,demo))     -> $(OUT)/demo.signed.so
#
#   demo_host.edl     := demo.edl
#   demo_host.sources := host/main.c
#   $(eval $(call secgear_host,demo_host))   -> $(OUT)/demo_host
#
# Each may have .packages (of pkg-config), .cflags and .libs as well, an enclave .libraries: shared objects
# that become part of its image. A host without .edl is an ordinary program: a client of the secure channel.
# Everything goes to $(OUT); the goals all and clean are yours.
PKG_CONFIG ?= pkg-config
OUT        ?= out
CFLAGS     ?= -O2 -g
CXXFLAGS   ?= $(CFLAGS)
HOST_CFLAGS ?=
WARN       ?= -Wall -Wextra
secgear.bindir := $(shell $(PKG_CONFIG) --variable=bindir libsecgear_urts)
$(if $(secgear.bindir),,$(error libsecgear_urts.pc is not found: install secGear, or set PKG_CONFIG_PATH))
CODEGEN    ?= $(secgear.bindir)/codegen
SECGEAR    ?= $(secgear.bindir)/secgear
secgear.edldir := $(shell $(PKG_CONFIG) --variable=includedir libsecgear_urts)
secgear.libdir := $(shell $(PKG_CONFIG) --variable=libdir libsecgear_urts)
secgear.comma  := ,
secgear.harden := -fstack-protector-strong -fstack-clash-protection -U_FORTIFY_SOURCE $(if $(filter -O0,$(CFLAGS)),,-D_FORTIFY_SOURCE=2)
secgear.ld     := -Wl,-z,relro,-z,now
# So that the same sources give the same measurement in whatever folder they are built.
secgear.same   := -ffile-prefix-map=$(CURDIR)=.
secgear.cxx    := %.cc %.cpp %.cxx
secgear.stem    = $(basename $(notdir $(1)))

# One side of an interface: $(1) the EDL file, $(2) u or t, $(3) untrusted or trusted. Once for each file.
define secgear_edl_rule
ifndef secgear.edl.$(2).$(1)
secgear.edl.$(2).$(1) := yes
$$(OUT)/$(call secgear.stem,$(1))_$(2).c: $(1)
	@mkdir -p $$(OUT)
	$$(CODEGEN) --secgear --$(3) --$(3)-dir $$(OUT) --search-path $(dir $(1)):$$(secgear.edldir) --depfile $$@.d $$<
-include $$(wildcard $$(OUT)/$(call secgear.stem,$(1))_$(2).c.d)
endif
endef

# One object: $(1) whose, $(2) source, $(3) flags, $(4) what must be there before.
secgear.object = $(OUT)/$(1).o/$(subst ..,up,$(2)).o
define secgear_object_rule
$(call secgear.object,$(1),$(2)): $(2) $(4)
	@mkdir -p $$(@D)
	$$(if $$(filter $(secgear.cxx),$(2)),$$(CXX) -std=c++17 $$(CXXFLAGS),$$(CC) $$(CFLAGS)) $(3) $$($(1).cflags) $$(WARN) $$(secgear.harden) \
	    -I$$(OUT) -I. $$($(1).pkgcflags) -MMD -MP -c $$< -o $$@
-include $$(wildcard $(patsubst %.o,%.d,$(call secgear.object,$(1),$(2))))
endef

# The shared parts: $(1) name, $(2) u or t, $(3) untrusted or trusted, $(4) packages, $(5) flags of each object.
define secgear_side
$$(if $$($(1).sources),,$$(error $(1).sources is empty))
$(1).pkgcflags := $$(shell $$(PKG_CONFIG) --cflags $(4) $$($(1).packages))
$(1).pkglibs   := $$(shell $$(PKG_CONFIG) --libs $(4) $$($(1).packages))
$(1).generated := $$(if $$($(1).edl),$$(OUT)/$$(call secgear.stem,$$($(1).edl))_$(2).c)
$(1).cxx       := $$(filter $(secgear.cxx),$$($(1).sources))
$(1).objects   := $$(foreach s,$$($(1).sources) $$($(1).generated),$$(eval \
    $$(call secgear_object_rule,$(1),$$s,$(5),$$($(1).generated)))$$(call secgear.object,$(1),$$s))
$$(if $$($(1).edl),$$(eval $$(call secgear_edl_rule,$$($(1).edl),$(2),$(3))))
endef

# An enclave brings its C++ library along, and thus measures it.
define secgear_enclave
$(call secgear_side,$(1),t,trusted,libsecgear_trts,-fPIC -fvisibility=hidden $(secgear.same))
$$(OUT)/$(1).so: $$($(1).objects)
	$$(CC) $$(CFLAGS) -shared $$(secgear.ld) -o $$@ $$^ $$($(1).libs) \
	    $$(if $$($(1).cxx),-Wl$$(secgear.comma)-Bstatic -lstdc++ -Wl$$(secgear.comma)-Bdynamic -lm -lgcc_s) $$($(1).pkglibs)
$$(OUT)/$(1).signed.so: $$(OUT)/$(1).so $$($(1).config) $$($(1).key) $$($(1).libraries)
	$$(SECGEAR) sign -k $$($(1).key) -i $$< -c $$($(1).config) $$(addprefix -l ,$$($(1).libraries)) -o $$@
endef

define secgear_host
$(call secgear_side,$(1),u,untrusted,$(if $($(1).edl),libsecgear_urts),$$$$(HOST_CFLAGS) -fPIE)
$$(OUT)/$(1): $$($(1).objects)
	$$(if $$($(1).cxx),$$(CXX),$$(CC)) $$(CFLAGS) $$(HOST_CFLAGS) -pie $$(secgear.ld) -o $$@ $$^ $$($(1).libs) $$($(1).pkglibs) \
	    -Wl,-rpath,$$(secgear.libdir)
endef
