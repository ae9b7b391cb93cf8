# secGear, an independent implementation. GNU make; objects go to $(O), one folder per configuration.
#   make | check | demo | bench | fuzz TIME=60 [T=cbor] | lint | abi | install PREFIX=/usr DESTDIR=/stage
#   make SAN=address,undefined check        make CC=clang O=out-clang        make V=1        make WITH_IPSEC_MB=1
# Folders add names in their module.mk; every rule is here.
VERSION    := 0.1.0
SOVERSION  := 1
PREFIX     ?= /usr/local
LIBDIR     ?= $(PREFIX)/lib
BINDIR     ?= $(PREFIX)/bin
LIBEXECDIR ?= $(PREFIX)/libexec/secgear
INCDIR     ?= $(PREFIX)/include/secGear
MANDIR     ?= $(PREFIX)/share/man
UNITDIR    ?= $(PREFIX)/lib/systemd
DATADIR    ?= $(PREFIX)/share/secgear
PYTHONDIR  ?= $(PREFIX)/share/secgear/python
CMAKEDIR   ?= $(LIBDIR)/cmake/secgear
BASHDIR    ?= $(PREFIX)/share/bash-completion/completions
ZSHDIR     ?= $(PREFIX)/share/zsh/site-functions
FISHDIR    ?= $(PREFIX)/share/fish/vendor_completions.d
PKG_CONFIG ?= pkg-config
CFLAGS     ?= -O2 -g
# The bench is of the fastest build that this machine can make; WITH_IPSEC_MB=0: without (docs/performance.md).
ifneq ($(filter bench,$(MAKECMDGOALS)),)
export WITH_IPSEC_MB ?= $(if $(wildcard /usr/include/intel-ipsec-mb.h),1)
endif
comma      := ,
O          ?= out$(if $(SAN),-$(subst $(comma),-,$(SAN)))$(if $(filter 1,$(WITH_IPSEC_MB)),-mb)
Q          := $(if $(V),,@)
say         = @printf '  %-6s %s\n' $(1) $(2)
.DEFAULT_GOAL := all
# Installed files find each other by relative paths, so a tree may be staged or moved as a whole.
path_from   = $(shell realpath -m --relative-to='$(1)' '$(2)')
LAYOUT     := -DSECGEAR_LIBEXEC_FROM_LIB='"$(call path_from,$(LIBDIR),$(LIBEXECDIR))"' \
              -DSECGEAR_LIBEXEC_FROM_BIN='"$(call path_from,$(BINDIR),$(LIBEXECDIR))"' \
              -DSECGEAR_LIB_FROM_BIN='"$(call path_from,$(BINDIR),$(LIBDIR))"' \
              -DSECGEAR_LIB_FROM_LIBEXEC='"$(call path_from,$(LIBEXECDIR),$(LIBDIR))"' \
              -DSECGEAR_DATA_FROM_BIN='"$(call path_from,$(BINDIR),$(DATADIR))"'

CLANG   := $(findstring clang,$(CC))
CFPROT  := $(if $(filter x86_64,$(shell uname -m)),-fcf-protection=full,$(if $(filter aarch64,$(shell uname -m)),-mbranch-protection=standard))
HARDEN  := -fno-plt -fstack-protector-strong -fstack-clash-protection $(CFPROT) $(if $(SAN),,-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
STRICT  := -std=gnu11 -D_GNU_SOURCE -fPIC -fvisibility=hidden -Wall -Wextra -Wshadow -Wconversion \
           -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2 -Wundef -Werror $(HARDEN) $(if $(CLANG),-Wno-unused-command-line-argument)
SANFLG  := $(if $(filter cover,$(SAN)),--coverage -fprofile-update=atomic,$(if $(SAN),\
           -fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer))
# A record's or a call's path crosses several files: what ships is optimised as a whole. The objects hold ordinary code
# as well, which tests link. In one piece: in two, what calls from one into the other would not be local any more.
LTO     := $(if $(SAN)$(CLANG),,-flto=auto -flto-partition=one -ffat-lto-objects)
LDHARD  := -Wl,-z,relro,-z,now -Wl,-z,noexecstack -Wl,--as-needed -Wl,-z,defs
LDLIBRARY = $(if $(findstring fuzzer,$(SAN))$(and $(CLANG),$(SAN)),$(filter-out -Wl$(comma)-z$(comma)defs,$(LDHARD)),$(LDHARD))
# The enclave process runs uninstrumented in its full sandbox (docs/ARCHITECTURE.md).
PLAIN    = $(if $(filter $(1),$(UNSANITIZED)),,$(SANFLG))

all:
include $(sort $(wildcard */module.mk attestation/*/module.mk))

# Archive $(1): code compiled into several libraries; never installed. Sees include/, common/ (verify, files: attestation/).
define archive
$(1).objs := $$($(1).srcs:%.c=$(O)/$($(1).dir)/%.o)
# The same code for the enclave side, which is never instrumented.
$(1).tobjs := $$($(1).srcs:%.c=$(O)/plain/$($(1).dir)/%.o)
$$($(1).objs) $$($(1).tobjs): INCLUDES := -Iinclude -Icommon $(if $(filter files verify client,$(1)),-Iattestation)
$$($(1).objs): CPPEXTRA := $$(if $$($(1).pkgs),$$(shell $(PKG_CONFIG) --cflags $$($(1).pkgs)))
$(O)/$(1).a: $$($(1).objs)
$(O)/plain/$(1).a: $$($(1).tobjs)
endef
$(foreach a,$(ARCHIVES),$(eval $(call archive,$(a))))

# What $(1) (library or program) may include and link: its own folder, include/, and the archives it names.
side = $(if $(filter $(1),$(UNSANITIZED)),$(if $(SAN),$(O)/plain,$(O)),$(O))
incs = -Iinclude -Icommon -I$(2) $(if $(filter verify,$($(1).uses)),-Iattestation)
# An archive may use those behind it, whatever order a module.mk has.
ORDER := files client verify channel io crypto wire base
arcs = $(foreach a,$(filter $($(1).uses),$(ORDER)),$(call side,$(1))/$(a).a)
pkgs = $(sort $($(1).pkgs) $(foreach a,$($(1).uses),$($(a).pkgs)))
libs = $(if $(call pkgs,$(1)),$(shell $(PKG_CONFIG) --libs $(call pkgs,$(1)))) $($(1).ldlibs) $(foreach a,$($(1).uses),$($(a).ldlibs))

# Library $(1): exports what its map names, no more.
define library
$(1).objs := $$($(1).srcs:%.c=$(O)/lib$(1)/%.o)
$(1).so   := $(O)/lib/lib$(1).so.$(SOVERSION)
$$($(1).objs): INCLUDES := $(call incs,$(1),lib$(1))
$$($(1).objs): SANFLG := $(call PLAIN,$(1))
$$($(1).so): $$($(1).objs) $(call arcs,$(1)) lib$(1)/lib$(1).map $$($(1).needs:%=$(O)/lib/lib%.so.$(SOVERSION))
	$$(call say,LINK,$$@)
	@mkdir -p $$(@D)
	$(Q)$$(CC) $(call PLAIN,$(1)) $(CFLAGS) $(LTO) -shared -o $$@ $$($(1).objs) $(call arcs,$(1)) -Wl,-soname,$$(@F) \
	    -Wl,--version-script=lib$(1)/lib$(1).map $(if $(call PLAIN,$(1)),$(LDLIBRARY),$(LDHARD)) \
	    $$($(1).needs:%=$(O)/lib/lib%.so.$(SOVERSION)) $$(call libs,$(1)) $(LDFLAGS)
	$(Q)ln -sf $$(@F) $(O)/lib/lib$(1).so
all: $$($(1).so)
endef
$(foreach l,$(LIBS),$(eval $(call library,$(l))))

# Program $(1): sources in $(1).dir, installed to bin or libexec as $(1).where says.
define program
$(1).objs := $$($(1).srcs:%.c=$(O)/$($(1).dir)/%.o)
$(1).exe  := $(O)/$($(1).where)/$(1)
$$($(1).objs): INCLUDES := $(call incs,$(1),$($(1).dir))
$$($(1).objs): SANFLG := $(call PLAIN,$(1))
$$($(1).exe): $$($(1).objs) $(call arcs,$(1))
	$$(call say,LINK,$$@)
	@mkdir -p $$(@D)
	$(Q)$$(CC) $(call PLAIN,$(1)) $(CFLAGS) $(LTO) -pie -o $$@ $$($(1).objs) $(call arcs,$(1)) $(LDHARD) $$(call libs,$(1)) $(LDFLAGS)
all: $$($(1).exe)
endef
$(foreach p,$(PROGS),$(eval $(call program,$(p))))

$(O)/%.a:
	$(call say,AR,$@)
	@mkdir -p $(@D)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(O)/plain/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(STRICT) $(CPPFLAGS) $(CFLAGS) $(LTO) $(INCLUDES) $(PLACES) -MMD -MP -c $< -o $@

$(O)/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(STRICT) $(SANFLG) $(CPPFLAGS) $(CFLAGS) $(LTO) $(INCLUDES) $(CPPEXTRA) $(PLACES) -DSECGEAR_VERSION='"$(VERSION)"' -MMD -MP -c $< -o $@

# The objects that know the installed layout, rebuilt when it changes.
placed := common/io/start.o tee_device/device/tcb.o tools/places.o tools/verifiers.o
$(placed:%=$(O)/%) $(placed:%=$(O)/plain/%): PLACES := $(LAYOUT)
$(placed:%=$(O)/%) $(placed:%=$(O)/plain/%): $(O)/layout
$(O)/layout: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' '$(subst ','\'',$(LAYOUT))' | cmp -s - $@ || printf '%s\n' '$(subst ','\'',$(LAYOUT))' > $@
FORCE:

include test/rules.mk

install: all
	install -d $(DESTDIR)$(LIBDIR)/pkgconfig $(DESTDIR)$(INCDIR) $(DESTDIR)$(BINDIR) $(DESTDIR)$(LIBEXECDIR)
	install -m 644 $(wildcard include/*.h include/*.edl) $(DESTDIR)$(INCDIR)
	$(Q)set -e; for l in $(LIBS); do \
	    install -m 755 $(O)/lib/lib$$l.so.$(SOVERSION) $(DESTDIR)$(LIBDIR); \
	    ln -sf lib$$l.so.$(SOVERSION) $(DESTDIR)$(LIBDIR)/lib$$l.so; \
	    sed 's|@PREFIX@|$(PREFIX)|;s|@BINDIR@|$(BINDIR)|;s|@LIBEXECDIR@|$(LIBEXECDIR)|;s|@LIBDIR@|$(LIBDIR)|;s|@INCDIR@|$(INCDIR)|;s|@DATADIR@|$(DATADIR)|;s|@VERSION@|$(VERSION)|' \
	        pkgconfig/lib$$l.pc.in > $(DESTDIR)$(LIBDIR)/pkgconfig/lib$$l.pc; done
	$(Q)set -e; $(foreach p,$(PROGS),install -m 755 $($(p).exe) $(DESTDIR)$(if $(filter bin,$($(p).where)),$(BINDIR),$(LIBEXECDIR));)
	$(Q)set -e; for s in $(SCRIPTS); do install -m 755 $$s $(DESTDIR)$(BINDIR); done
	$(Q)set -e; for s in $(LIBEXEC_SCRIPTS); do install -m 644 $$s $(DESTDIR)$(LIBEXECDIR); done
	$(Q)set -e; for n in $(NEW_FILES); do install -D -m 644 tools/new/$$n $(DESTDIR)$(DATADIR)/new/$$n; done; \
	    install -m 644 tools/build/secgear.mk $(DESTDIR)$(DATADIR)
	$(Q)set -e; install -d $(DESTDIR)$(CMAKEDIR); for c in secgear-config secgear-config-version; do \
	    sed 's|@LIB_FROM_CMAKE@|$(call path_from,$(CMAKEDIR),$(LIBDIR))|;s|@INC_FROM_CMAKE@|$(call path_from,$(CMAKEDIR),$(INCDIR))|;s|@BIN_FROM_CMAKE@|$(call path_from,$(CMAKEDIR),$(BINDIR))|;s|@LIBRARIES@|$(LIBS)|;s|@SOVERSION@|$(SOVERSION)|;s|@VERSION@|$(VERSION)|' \
	        tools/build/$$c.cmake.in > $(DESTDIR)$(CMAKEDIR)/$$c.cmake; chmod 644 $(DESTDIR)$(CMAKEDIR)/$$c.cmake; done
	install -D -m 644 tools/completion/secgear.bash $(DESTDIR)$(BASHDIR)/secgear
	install -D -m 644 tools/completion/secgear.zsh $(DESTDIR)$(ZSHDIR)/_secgear
	install -D -m 644 tools/completion/secgear.fish $(DESTDIR)$(FISHDIR)/secgear.fish
	$(Q)set -e; install -d $(DESTDIR)$(PYTHONDIR); for p in $(notdir $(wildcard bindings/python/*.py)); do \
	    sed 's|@LIB_FROM_PYTHON@|$(call path_from,$(PYTHONDIR),$(LIBDIR))|' bindings/python/$$p > $(DESTDIR)$(PYTHONDIR)/$$p; \
	    chmod 644 $(DESTDIR)$(PYTHONDIR)/$$p; done
	$(Q)set -e; for u in system user; do d=$(DESTDIR)$(UNITDIR)/$$u; install -d $$d; \
	    sed 's|@LIBEXECDIR@|$(LIBEXECDIR)|' service/$$u/secgear-device.service.in > $$d/secgear-device.service; \
	    install -m 644 service/$$u/secgear-device.socket $$d; chmod 644 $$d/secgear-device.service; done
	$(Q)set -e; for m in $(wildcard docs/man/*.[1-8]); do \
	    install -D -m 644 $$m $(DESTDIR)$(MANDIR)/man$${m##*.}/$${m##*/}; done

# Level L2 (docs/levels.md), after install, as root.
LEVEL2_GROUP ?= _secgear
install-level2:
	$(Q)sh service/level2.sh $(DESTDIR)$(LIBEXECDIR) $(LEVEL2_GROUP) $(DESTDIR)/var/lib/secgear-installed

# Link names that secGear's own build files use.
COMPAT := libsecgear.so=secgear_urts libsecgearsim.so=secgear_urts libsecgear_tee.so=secgear_trts libsecgear_ra.so=secgear_urts libsecgear_la.so=secgear_trts
install-compat: install
	$(Q)set -e; for c in $(COMPAT); do \
	    ln -sf lib$${c#*=}.so.$(SOVERSION) $(DESTDIR)$(LIBDIR)/$${c%%=*}; done

uninstall:
	$(Q)for l in $(LIBS); do rm -f $(DESTDIR)$(LIBDIR)/lib$$l.so* $(DESTDIR)$(LIBDIR)/pkgconfig/lib$$l.pc; done
	$(Q)for c in $(COMPAT); do rm -f $(DESTDIR)$(LIBDIR)/$${c%%=*}; done
	$(Q)for f in $(notdir $(wildcard include/*.h include/*.edl)); do rm -f $(DESTDIR)$(INCDIR)/$$f; done
	$(Q)rm -f $(foreach p,$(PROGS),$(DESTDIR)$(if $(filter bin,$($(p).where)),$(BINDIR),$(LIBEXECDIR))/$(p)) $(foreach s,$(SCRIPTS),$(DESTDIR)$(BINDIR)/$(notdir $(s))) $(foreach s,$(LIBEXEC_SCRIPTS),$(DESTDIR)$(LIBEXECDIR)/$(notdir $(s)))
	$(Q)for m in $(wildcard docs/man/*.[1-8]); do rm -f $(DESTDIR)$(MANDIR)/man$${m##*.}/$${m##*/}; done
	$(Q)for u in system user; do rm -f $(DESTDIR)$(UNITDIR)/$$u/secgear-device.service $(DESTDIR)$(UNITDIR)/$$u/secgear-device.socket; done
	$(Q)rm -rf $(foreach p,$(notdir $(wildcard bindings/python/*.py)),$(DESTDIR)$(PYTHONDIR)/$(p)) $(DESTDIR)$(PYTHONDIR)/__pycache__
	$(Q)rm -rf $(DESTDIR)$(DATADIR)/new $(DESTDIR)$(DATADIR)/secgear.mk $(DESTDIR)$(CMAKEDIR)
	$(Q)rm -f $(DESTDIR)$(BASHDIR)/secgear $(DESTDIR)$(ZSHDIR)/_secgear $(DESTDIR)$(FISHDIR)/secgear.fish
	-$(Q)rmdir $(DESTDIR)$(PYTHONDIR) $(DESTDIR)$(DATADIR) $(DESTDIR)$(INCDIR) $(DESTDIR)$(LIBEXECDIR) 2>/dev/null || true

clean:
	$(RM) -r out out-* bench.csv

.PHONY: FORCE all install install-level2 install-compat uninstall clean
.SECONDARY:
-include $(shell find $(O) \( -path $(O)/samples -o -path $(O)/stage \) -prune -o -name '*.d' -type f -print 2>/dev/null)
