/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * replay.c - runs a fuzz target over its corpus, and over each prefix and some bit flips of every
 * file, without a fuzzer. Layer: test.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FILE_MAX_SIZE = 1 << 20, PREFIXES_MAX = 4096 };

/* From a heap copy of exactly that size, so that ASan sees a read past the end. */
static void run_exact(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size > 0 ? size : 1);

    if (copy == NULL)
        abort();
    if (size > 0)
        memcpy(copy, data, size);
    LLVMFuzzerTestOneInput(copy, size);
    free(copy);
}

static size_t run_file(const char *path)
{
    uint8_t *data = malloc(FILE_MAX_SIZE);
    FILE *file = fopen(path, "rb");
    size_t size = 0, runs = 1;

    if (data == NULL || file == NULL)
        abort();
    size = fread(data, 1, FILE_MAX_SIZE, file);
    fclose(file);
    run_exact(data, size);
    for (size_t cut = 0, step = size / PREFIXES_MAX + 1; cut < size; cut += step, runs++)
        run_exact(data, cut);
    for (size_t at = 0, step = size / PREFIXES_MAX + 1; at < size; at += step, runs++) {
        data[at] ^= (uint8_t)(1u << (at % 8));
        run_exact(data, size);
        data[at] ^= (uint8_t)(1u << (at % 8));
    }
    free(data);
    return runs;
}

int main(int argc, char **argv)
{
    const char *name = strrchr(argv[0], '/') != NULL ? strrchr(argv[0], '/') + 1 : argv[0];
    char folder[512], path[1024];
    size_t runs = 1;
    DIR *dir;

    (void)argc;
    run_exact(NULL, 0);
    snprintf(folder, sizeof folder, "test/fuzz/corpus/%s", name);
    dir = opendir(folder);
    for (struct dirent *e; dir != NULL && (e = readdir(dir)) != NULL;) {
        if (e->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
        runs += run_file(path);
    }
    if (dir != NULL)
        closedir(dir);
    printf("%zu inputs\nRESULT 1 passed 0 failed 0 skipped\n", runs);
    return 0;
}
