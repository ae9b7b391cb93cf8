/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * load.h - finds an EDL file, has it preprocessed and parsed, and merges what it imports: own
 * functions first, then imported ones in the order of the imports. A file counts once, whatever
 * the number of ways that lead to it.
 * Layer: codegen. Threads: one.
 */
#ifndef CODEGEN_LOAD_H
#define CODEGEN_LOAD_H

#include "model.h"

enum { IMPORT_DEPTH_MAX = 200 };

struct loader {
    struct session *session;
    struct word *search; /* folders, first one first; the current one comes after them */
    struct names files;  /* path to struct edl: parsed and merged */
    struct edl *list[4096];
    size_t list_count;
    unsigned depth;
    bool no_preprocessor; /* said once */
    /* Instead of the file system and the preprocessor, for tests; NULL otherwise. */
    bool (*read)(struct loader *loader, const char *path, struct input *ret_input);
    void *read_arg;
};

/* The file with its imports, or NULL after an error message. `where` is the import, if any. */
struct edl *edl_load(struct loader *loader, const char *path, struct place where);
void loader_done(struct loader *loader);

/* preprocess.c: the text of a file after `cc -E`; false after an error message. */
bool edl_preprocess(struct loader *loader, const char *path, struct input *ret_input);

#endif
