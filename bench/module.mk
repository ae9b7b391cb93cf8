# make bench [B=pattern]: speed of the installed tree against floors of its own (docs/performance.md).
bench.dir  := $(O)/bench
bench.objs := $(patsubst %.c,$(O)/%.o,$(wildcard bench/*.c) $(filter-out %/static_exit.c,$(wildcard bench/floor/*.c))) $(bench.dir)/bench_u.o
bench.edge := $(bench.dir)/bench_u.c $(bench.dir)/bench_t.c
bench.host := libsecgear_urts libusecure_channel libcsecure_channel libsecgear_verify libssl libcrypto
bench.encl := libsecgear_trts libtsecure_channel

$(bench.objs): INCLUDES := -Ibench -I$(bench.dir) -I.
$(bench.objs): CPPEXTRA = $(call stage.pc,--cflags $(bench.host))
$(bench.objs): $(bench.edge)

$(bench.edge) &: bench/bench.edl $(O)/stage.done
	@mkdir -p $(@D)
	$(Q)for side in untrusted trusted; do \
	    LD_LIBRARY_PATH=$(stage)/lib $(stage)/bin/codegen --secgear --$$side --$$side-dir $(bench.dir) --search-path $(stage)/include/secGear $< || exit 1; done

$(bench.dir)/bench_u.o: $(bench.edge)
	$(Q)$(CC) $(CFLAGS) -fPIC $(call stage.pc,--cflags $(bench.host)) -c $(bench.dir)/bench_u.c -o $@

$(bench.dir)/bench: $(bench.objs) $(O)/tee_device/zygote/filter.o
	$(call say,LINK,$@)
	$(Q)$(CC) $(SANFLG) $(CFLAGS) -pie -o $@ $^ $(call stage.pc,--libs $(bench.host)) -lseccomp -lm -Wl,-rpath,$(stage)/lib
$(bench.dir)/static_exit: bench/floor/static_exit.c
	@mkdir -p $(@D)
	$(Q)$(CC) -O2 -static -o $@ $<

$(bench.dir)/enclave.signed.so: bench/enclave/enclave.c bench/enclave/config.xml $(bench.edge) $(O)/integration/key.pem
	$(call say,ENCL,$@)
	$(Q)$(CC) -O2 -g -Wall -Wextra -fPIC -shared -fvisibility=hidden -I$(bench.dir) -o $(bench.dir)/enclave.plain.so \
	    bench/enclave/enclave.c $(bench.dir)/bench_t.c $(call stage.pc,--cflags --libs $(bench.encl))
	$(Q)LD_LIBRARY_PATH=$(stage)/lib $(stage)/bin/secgear sign -k $(O)/integration/key.pem -i $(bench.dir)/enclave.plain.so -c bench/enclave/config.xml -o $@ >/dev/null

# Evidence that rows of the verifier need, from the forges of the tests.
$(bench.dir)/forge: bench/forge/forge.c $(wildcard test/forge*.h test/evidence_rig.h) $(O)/test/support.o $(O)/all.a
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(STRICT) $(SANFLG) $(CFLAGS) $(test.incs) -o $@ $(filter %.c %.o %.a,$^) $(test.ldlibs)
$(bench.dir)/forged.done: $(bench.dir)/forge
	@mkdir -p $(bench.dir)/forged
	$(Q)$< $(bench.dir)/forged >$(bench.dir)/forged.log || { cat $(bench.dir)/forged.log; exit 1; }
	@touch $@

# The runtimes of a build that can not be traced, for what looking whether one is traced costs.
$(bench.dir)/untraced.done: $(O)/stage.done
	$(Q)$(MAKE) --no-print-directory -s O=$(bench.dir)/untraced CPPFLAGS=-DSECGEAR_UNTRACED $(bench.dir)/untraced/stage.done >$(bench.dir)/untraced.log 2>&1 || { cat $(bench.dir)/untraced.log; exit 1; }
	@touch $@

B ?=
# Only for its rows: it is a build of everything.
bench: $(if $(shell for row in ecall.traced.off ecall.traced.on ecall.traced.instructions; do case $$row in (*$(B)*) echo yes;; esac; done),$(bench.dir)/untraced.done)
bench: $(bench.dir)/forged.done $(bench.dir)/bench $(bench.dir)/static_exit $(bench.dir)/enclave.signed.so
	$(if $(filter 1,$(WITH_IPSEC_MB)),@echo 'AES-GCM by intel-ipsec-mb (WITH_IPSEC_MB=0: by OpenSSL alone)')
	$(Q)sh bench/run.sh $(stage) $(bench.dir) bench.csv '$(B)'
.PHONY: bench
