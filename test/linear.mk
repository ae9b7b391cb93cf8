# What decoders cost, in steps: their code once more, with a call at each branch. Included by
# test/rules.mk; a sanitizer's build has none.
linear.archives := verify crypto wire base
linear.objs := $(foreach a,$(linear.archives),$($(a).srcs:%.c=$(O)/linear/$($(a).dir)/%.o))
$(O)/linear/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(STRICT) -fsanitize-coverage=trace-pc $(CPPFLAGS) -O1 -g -Iinclude -Icommon -Iattestation \
	    $(shell $(PKG_CONFIG) --cflags $(sort $(foreach a,$(linear.archives),$($(a).pkgs)))) -MMD -MP -c $< -o $@
$(O)/test/linear/%.o: INCLUDES := $(test.incs)
$(O)/unit/test_linear: $(O)/test/linear/test_linear.o $(O)/test/support.o $(linear.objs)
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -fno-lto -o $@ $^ $(test.ldlibs)
ifeq ($(SAN),)
unit check test: $(O)/unit/test_linear
endif
