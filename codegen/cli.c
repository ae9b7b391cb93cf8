/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "cli.h"
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "depfile.h"
#include "emit.h"
#include "dump.h"
#include "load.h"
#include "output.h"

static const char USAGE[] =
    "usage: codegen [options] <file.edl> ...\n"
    "\n"
    "  --trustzone | --sgx | --secgear   mode, exactly one (--penglai is accepted as well)\n"
    "  --search-path <p[:p...]>          folders of imported files; may be repeated\n"
    "  --untrusted                       host side only\n"
    "  --trusted                         enclave side only (neither or both: both sides)\n"
    "  --untrusted-dir <dir>             folder of host side files, made if missing (default .)\n"
    "  --trusted-dir <dir>               folder of enclave side files (default .)\n"
    "  --header-only                     headers only\n"
    "  --use-prefix                      host functions become <file>_<function>\n"
    "  --check                           say what is wrong; write nothing\n"
    "  --dump-json                       print the checked files as JSON; write nothing\n"
    "  --depfile <file>                  write what was read, for make and ninja\n"
    "  --help                            this text\n";

static void word_push(struct session *session, struct word **list, const char *text, size_t size)
{
    struct word *word = arena_alloc(&session->arena, sizeof *word);

    *word = (struct word){arena_text(&session->arena, text, size), {0}, *list};
    *list = word;
}

/* a:b:c, c searched last within one option; later options go before earlier ones. */
static void search_add(struct session *session, struct options *o, const char *paths)
{
    struct word *added = NULL, *earlier = o->search;

    for (;;) {
        size_t size = strcspn(paths, ":");
        struct word *word = arena_alloc(&session->arena, sizeof *word);

        *word = (struct word){arena_text(&session->arena, paths, size), {0}, NULL};
        if (size > 0)
            LIST_APPEND(added, word);
        if (paths[size] == '\0')
            break;
        paths += size + 1;
    }
    if (added == NULL)
        return;
    LIST_APPEND(added, earlier);
    o->search = added;
}

static bool flag_parse(struct options *o, const char *arg)
{
    static const struct {
        const char *word;
        enum mode mode;
    } MODES[] = {{"--trustzone", MODE_TRUSTZONE},
                 {"--sgx", MODE_SGX},
                 {"--penglai", MODE_PENGLAI},
                 {"--secgear", MODE_SECGEAR}};
    const struct {
        const char *word;
        bool *flag;
    } FLAGS[] = {{"--help", &o->help},
                 {"-help", &o->help},
                 {"--use-prefix", &o->use_prefix},
                 {"--header-only", &o->header_only},
                 {"--check", &o->check},
                 {"--dump-json", &o->dump_json},
                 {"--untrusted", &o->untrusted},
                 {"--trusted", &o->trusted}};

    for (size_t i = 0; i < sizeof MODES / sizeof MODES[0]; i++)
        if (strcasecmp(arg, MODES[i].word) == 0) {
            o->several_modes =
                o->several_modes || (o->mode != MODE_NONE && o->mode != MODES[i].mode);
            o->mode = MODES[i].mode;
            return true;
        }
    for (size_t i = 0; i < sizeof FLAGS / sizeof FLAGS[0]; i++)
        if (strcasecmp(arg, FLAGS[i].word) == 0) {
            *FLAGS[i].flag = true;
            return true;
        }
    return false;
}

/* Where the value of an option goes; NULL: takes none. A search path is collected. */
static const char **value_place(struct options *o, const char *arg, const char **search)
{
    const struct {
        const char *word;
        const char **place;
    } VALUES[] = {{"--search-path", search},
                  {"--untrusted-dir", &o->untrusted_dir},
                  {"--trusted-dir", &o->trusted_dir},
                  {"--depfile", &o->depfile}};

    for (size_t i = 0; i < sizeof VALUES / sizeof VALUES[0]; i++)
        if (strcasecmp(arg, VALUES[i].word) == 0)
            return VALUES[i].place;
    return NULL;
}

struct options options_parse(struct session *session, int argc, char **argv)
{
    struct options o = {.untrusted_dir = ".", .trusted_dir = "."};

    for (int i = 1; i < argc; i++) {
        const char *search = NULL, **place = value_place(&o, argv[i], &search);

        if (place != NULL && i + 1 == argc) {
            o.lacking = argv[i];
            break;
        }
        if (place != NULL)
            *place = argv[++i];
        if (search != NULL) {
            search_add(session, &o, search);
        } else if (place == NULL && !flag_parse(&o, argv[i])) {
            struct word *file = NULL;

            word_push(session, &file, argv[i], strlen(argv[i]));
            LIST_APPEND(o.files, file);
        }
    }
    if (!o.untrusted && !o.trusted)
        o.untrusted = o.trusted = true;
    return o;
}

static void emit_into(struct emitter *e, struct outputs *outputs, const char *folder,
                      const char *suffix, void (*emit)(struct emitter *))
{
    e->to = outputs_add(outputs, folder, text_of(e, "%s%s", e->edl->stem, suffix));
    emit(e);
}

static void edl_emit(struct session *session, const struct options *o, const struct edl *edl,
                     struct outputs *outputs)
{
    struct emitter e = {
        .session = session, .edl = edl, .mode = o->mode, .use_prefix = o->use_prefix};

    if (o->untrusted) {
        if (o->mode != MODE_SGX)
            emit_into(&e, outputs, o->untrusted_dir, "_args.h", emit_args_header);
        emit_into(&e, outputs, o->untrusted_dir, "_u.h", emit_host_header);
        if (!o->header_only)
            emit_into(&e, outputs, o->untrusted_dir, "_u.c", emit_host_source);
    }
    if (o->trusted) {
        bool same = o->untrusted && strcmp(o->untrusted_dir, o->trusted_dir) == 0;

        if (o->mode != MODE_SGX && !same)
            emit_into(&e, outputs, o->trusted_dir, "_args.h", emit_args_header);
        emit_into(&e, outputs, o->trusted_dir, "_t.h", emit_enclave_header);
        if (!o->header_only)
            emit_into(&e, outputs, o->trusted_dir, "_t.c", emit_enclave_source);
    }
}

/* What a run makes. */
struct run {
    struct outputs outputs;
    struct lines json;
};

/* One EDL file with its imports; types of one file do not collide with those of the next. */
static void file_run(struct session *session, const struct options *o, const char *path,
                     struct run *run)
{
    struct loader *loader = arena_alloc(&session->arena, sizeof *loader);
    unsigned errors = session->errors;
    struct edl *edl;

    loader->session = session;
    loader->search = o->search;
    edl = edl_load(loader, path, (struct place){0});
    if (edl != NULL) {
        struct rules rules = {session, edl, o->mode, o->header_only, session->errors != errors};

        rules_check(&rules);
    }
    if (edl != NULL && session->errors == errors && o->dump_json)
        dump_edl(&run->json, edl);
    else if (edl != NULL && session->errors == errors && !o->check)
        edl_emit(session, o, edl, &run->outputs);
    loader_done(loader);
}

static bool results_write(struct session *session, const struct options *o, struct run *run)
{
    struct timespec newest = {0};

    if (o->dump_json) {
        dump_end(&run->json);
        fputs(run->json.data, stdout);
    }
    if (o->depfile != NULL) /* before the rest: so that it is there whenever they are */
        depfile_make(session, o->depfile, &run->outputs);
    newest_add(&newest, "/proc/self/exe"); /* another release may write something else next time */
    for (const struct source *s = session->sources; s != NULL; s = s->next)
        if (source_is_file(s))
            newest_add(&newest, s->path);
    return outputs_write(&run->outputs, &newest);
}

static int files_run(struct session *session, const struct options *o)
{
    struct run run = {.outputs = {.arena = &session->arena}};
    bool written = false;

    if (o->dump_json)
        dump_begin(&run.json, o->mode);
    for (const struct word *file = o->files; file != NULL; file = file->next)
        file_run(session, o, file->text, &run);
    if (session->notices.size > 0) /* where they may not disturb what is read from stdout */
        fputs(session->notices.data, o->dump_json ? stderr : stdout);
    fflush(stdout);
    if (session->messages.size > 0)
        fputs(session->messages.data, stderr);
    if (session->errors == 0)
        written = results_write(session, o, &run);
    outputs_free(&run.outputs);
    lines_free(&run.json);
    if (session->errors > 0)
        return EXIT_EDL;
    if (!written)
        return EXIT_USAGE;
    if ((o->mode == MODE_TRUSTZONE || o->mode == MODE_PENGLAI) && !o->dump_json)
        puts("Success. ");
    return EXIT_GOOD;
}

static int options_run(struct session *session, const struct options *o)
{
    if (o->lacking != NULL) {
        fprintf(stderr, "error: %s needs a value\n", o->lacking);
        return EXIT_USAGE;
    }
    if (o->help || o->files == NULL) {
        fputs(USAGE, o->help ? stdout : stderr);
        return EXIT_USAGE;
    }
    if (o->mode == MODE_NONE || o->several_modes) {
        fputs(o->several_modes ? "Error:Only one mode use in conmmand.\n"
                               : "Error:One mode must be used in conmmand.\n",
              stderr);
        return EXIT_USAGE;
    }
    if (o->use_prefix && (o->mode == MODE_TRUSTZONE || o->mode == MODE_PENGLAI)) {
        fprintf(stderr, "error: %s mode is not support --use_perfix option\n",
                o->mode == MODE_TRUSTZONE ? "Trustzone" : "PengLai");
        return EXIT_EDL;
    }
    return files_run(session, o);
}

int codegen_run(int argc, char **argv)
{
    struct session session = {0};
    struct options options = options_parse(&session, argc, argv);
    int rc;

    if (!options.dump_json)
        puts("Generate code for secGear SDK.");
    fflush(stdout); /* before anything on stderr */
    rc = options_run(&session, &options);
    session_free(&session);
    if (fflush(stdout) != 0 && rc == EXIT_GOOD)
        rc = EXIT_USAGE;
    return rc;
}
