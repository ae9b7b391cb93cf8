/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * EDL text to messages or code, in each mode: lexer, parser, rules, emitters. An import finds the
 * same text again, so that circles and merges happen.
 */
#include "dump.h"
#include "emit.h"
#include "load.h"
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct text {
    const char *data;
    size_t size;
};

static bool read_text(struct loader *loader, const char *path, struct input *ret_input)
{
    const struct text *text = loader->read_arg;
    struct source *source = session_source(loader->session, path);
    char *copy = arena_alloc(&loader->session->arena, text->size + 2);

    if (strlen(path) > 4) /* only short names exist */
        return false;
    copy[0] = '\n';
    if (text->size > 0)
        memcpy(copy + 1, text->data, text->size);
    source->data = copy + 1;
    source->size = text->size;
    source->loaded = true;
    *ret_input = (struct input){copy + 1, text->size, source};
    return true;
}

static void compile(struct text text, enum mode mode)
{
    static void (*const EMITTERS[])(struct emitter *) = {emit_args_header, emit_host_header,
                                                         emit_host_source, emit_enclave_header,
                                                         emit_enclave_source};
    static struct loader loader;
    struct session session = {0};
    struct lines code = {0};
    struct edl *edl;

    memset(&loader, 0, sizeof loader);
    loader.session = &session;
    loader.read = read_text;
    loader.read_arg = &text;
    edl = edl_load(&loader, "a", (struct place){0});
    if (edl != NULL) {
        struct rules rules = {&session, edl, mode, true, session.errors > 0};

        rules_check(&rules);
    }
    for (size_t i = 0; edl != NULL && session.errors == 0 && i < 5; i++) {
        struct emitter e = {.session = &session,
                            .edl = edl,
                            .mode = mode,
                            .use_prefix = mode == MODE_SGX,
                            .to = &code};

        EMITTERS[i](&e);
    }
    if (edl != NULL && session.errors == 0) {
        dump_begin(&code, mode);
        dump_edl(&code, edl);
        dump_end(&code);
    }
    lines_free(&code);
    loader_done(&loader);
    session_free(&session);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    compile((struct text){(const char *)data, size}, MODE_SECGEAR);
    compile((struct text){(const char *)data, size}, MODE_SGX);
    return 0;
}
