/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * generate - random EDL files and the code of both sides, the same for the same seed:
 *     generate SEED FOLDER
 * As many functions as test/counts.h says, in files of a hundred: FOLDER/00/rt.edl, enclave.c,
 * host.c, ... Prints the distribution; fails when a stress run lacks an attribute or a pair.
 */
#include "signature.h"
#include "support.h"
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { FILE_FUNCTIONS = 100, DEMANDED_FROM = 2000 };

static FILE *file_open(const char *folder, unsigned number, const char *name)
{
    char path[4096];
    FILE *file;

    snprintf(path, sizeof path, "%s/%02u", folder, number);
    mkdir(path, 0755);
    snprintf(path, sizeof path, "%s/%02u/%s", folder, number, name);
    file = fopen(path, "we");
    if (file == NULL) {
        perror(path);
        exit(1);
    }
    return file;
}

static void files_write(const char *folder, unsigned number, const struct signature *all,
                        unsigned count)
{
    static const struct {
        const char *name;
        void (*write)(FILE *to, const struct signature *all, unsigned count);
    } FILES[] = {{"rt.edl", write_edl}, {"enclave.c", write_enclave}, {"host.c", write_host}};

    for (size_t i = 0; i < sizeof FILES / sizeof FILES[0]; i++) {
        FILE *file = file_open(folder, number, FILES[i].name);

        FILES[i].write(file, all, count);
        if (fclose(file) != 0)
            exit(1);
    }
}

int main(int argc, char **argv)
{
    static struct signature all[FILE_FUNCTIONS];
    unsigned total = (unsigned)count_of(COUNT_SIGNATURES), in_file = 0, number = 0;
    int last_private = NO_PARAM;
    uint64_t state;

    if (argc != 3) {
        fprintf(stderr, "usage: generate SEED FOLDER\n");
        return 2;
    }
    state = strtoull(argv[1], NULL, 0) * 2 + 1; /* never 0, where the generator would stay */
    for (unsigned i = 0; i < total; i++) {
        signature_make(&all[in_file], in_file, &state, last_private);
        tally_add(&all[in_file]);
        if (all[in_file].attributes & BIT(PRIVATE))
            last_private = (int)in_file;
        in_file++;
        if (in_file == FILE_FUNCTIONS || i + 1 == total) {
            files_write(argv[2], number++, all, in_file);
            in_file = 0;
            last_private = NO_PARAM;
        }
    }
    return tally_print(stdout, total >= DEMANDED_FROM) ? 0 : 1;
}
