/* SPDX-License-Identifier: MulanPSL-2.0 */
/* secgear inspect: what a signed image says, after the check that the device makes. */
#include "command.h"
#include "crypto/image_check.h"
#include "base/detail.h"
#include "difference.h"
#include "file.h"
#include "wire/encrypted_image.h"
#include <getopt.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

static const char USAGE[] =
    "usage: secgear inspect [--json] FILE\n"
    "       secgear inspect [--json] --diff A B   why two images, configurations or reports "
    "differ;\n"
    "                                             ends 0 when they do not, 1 when they do\n";

enum { HEX_ROOM = 2 * IMAGE_HASH_SIZE + 1 };

/* The fields that are text, once for both outputs. */
struct texts {
    char uuid[UUID_TEXT_ROOM];
    char mrenclave[HEX_ROOM];
    char mrsigner[HEX_ROOM];
    const char *algorithm;
};

static const char *algorithm_name(enum image_algorithm algorithm)
{
    switch (algorithm) {
    case IMAGE_RSA_3072_PSS:
        return "RSA-3072 PSS SHA-256";
    case IMAGE_ECDSA_P256:
        return "ECDSA P-256 SHA-256";
    case IMAGE_RSA_3072_PKCS1:
        return "RSA-3072 PKCS#1 v1.5 SHA-256";
    }
    return "unknown";
}

static void text_print(const struct image_identity *id, const struct texts *t)
{
    const struct image_manifest *m = &id->manifest;

    printf("uuid         %s%s\n", t->uuid, m->uuid_derived ? " (derived)" : "");
    printf("mrenclave    %s\n", t->mrenclave);
    printf("mrsigner     %s\n", t->mrsigner);
    printf("signature    %s, valid\n", t->algorithm);
    printf("prod_id      %u\n", m->prod_id);
    printf("svn          %u\n", m->svn);
    printf("debug        %s\n", m->debug_allowed ? "allowed" : "not allowed");
    printf("heap_size    %" PRIu64 "\n", m->heap_size);
    printf("stack_size   %" PRIu64 "\n", m->stack_size);
    printf("tcs_count    %u\n", m->tcs_count);
    printf("shared_size  %" PRIu64 "\n", m->shared_size);
    printf("image_size   %zu\n", id->elf_size);
    for (uint32_t i = 0; i < m->library_count; i++) {
        char digest[HEX_ROOM];

        hex_format(VIEW_OF(m->libraries[i].digest), digest);
        printf("library      %s %s\n", m->libraries[i].name, digest);
    }
}

static json_t *libraries_json(const struct image_manifest *m)
{
    json_t *list = json_array();

    for (uint32_t i = 0; list != NULL && i < m->library_count; i++) {
        char digest[HEX_ROOM];

        hex_format(VIEW_OF(m->libraries[i].digest), digest);
        json_array_append_new(list,
                              json_pack("{s:s, s:s, s:I}", "soname", m->libraries[i].name, "sha256",
                                        digest, "size", (json_int_t)m->libraries[i].size));
    }
    return list;
}

static bool json_print(const struct image_identity *id, const struct texts *t)
{
    const struct image_manifest *m = &id->manifest;
    json_t *document =
        json_pack("{s:s, s:b, s:s, s:s, s:s, s:i, s:i, s:b, s:I, s:I, s:i, s:I, s:I, s:o}", "uuid",
                  t->uuid, "uuid_derived", m->uuid_derived, "mrenclave", t->mrenclave, "mrsigner",
                  t->mrsigner, "algorithm", t->algorithm, "prod_id", (int)m->prod_id, "svn",
                  (int)m->svn, "debug_allowed", m->debug_allowed, "heap_size",
                  (json_int_t)m->heap_size, "stack_size", (json_int_t)m->stack_size, "tcs_count",
                  (int)m->tcs_count, "shared_size", (json_int_t)m->shared_size, "image_size",
                  (json_int_t)id->elf_size, "libraries", libraries_json(m));
    bool good = document != NULL && json_dumpf(document, stdout, JSON_INDENT(2)) == 0;

    json_decref(document);
    putchar('\n');
    return good;
}

/* All that can be said of it without its key. */
static cc_enclave_result_t encrypted_show(struct view file, bool json)
{
    struct encrypted_image image;
    char id[2 * IMAGE_KEY_ID_SIZE + 1];
    cc_enclave_result_t rc = encrypted_image_decode(file, &image);

    if (rc != CC_SUCCESS)
        return rc;
    hex_format(VIEW_OF(image.key_id), id);
    printf(json ? "{\n  \"encrypted\": true,\n  \"key_id\": \"%s\",\n  \"plain_size\": %zu\n}\n"
                : "encrypted    yes\nkey_id       %s\nplain_size   %zu\n",
           id, image.cipher.size);
    return fflush(stdout) == 0
               ? CC_SUCCESS
               : detail_fail(CC_ERROR_WRITE_DATA, "standard output can't be written");
}

static cc_enclave_result_t inspect(const char *path, bool json)
{
    struct buf file = BUF_EMPTY;
    struct image_identity id;
    struct image image;
    struct texts t;
    bool good = true;
    cc_enclave_result_t rc;

    rc = file_read(path, (size_t)IMAGE_ELF_MAX_SIZE + IMAGE_TAIL_MAX_SIZE, &file);
    if (rc != CC_SUCCESS)
        return rc;
    if (encrypted_image_is(buf_view(&file))) {
        rc = encrypted_show(buf_view(&file), json);
        if (rc != CC_SUCCESS)
            detail_prefix("%s: ", path);
        buf_free(&file);
        return rc;
    }
    rc = image_verify(buf_view(&file), &id);
    if (rc == CC_SUCCESS)
        rc = image_decode(buf_view(&file), &image);
    if (rc != CC_SUCCESS) {
        detail_prefix("%s: ", path);
        buf_free(&file);
        return rc;
    }
    t.algorithm = algorithm_name(image.algorithm);
    buf_free(&file);
    uuid_format(&id.uuid, t.uuid);
    hex_format(VIEW_OF(id.mrenclave), t.mrenclave);
    hex_format(VIEW_OF(id.mrsigner), t.mrsigner);
    if (json)
        good = json_print(&id, &t);
    else
        text_print(&id, &t);
    if (!good || fflush(stdout) != 0)
        return detail_fail(CC_ERROR_WRITE_DATA, "standard output can't be written");
    return CC_SUCCESS;
}

static int diff_show(const char *const paths[2], bool json)
{
    size_t count;
    cc_enclave_result_t rc = difference_show(paths, json, &count);

    if (rc == CC_SUCCESS)
        return count == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
    (void)command_fail("inspect", rc);
    return EXIT_USAGE; /* 1 says that they differ */
}

int cmd_inspect(int argc, char **argv)
{
    static const struct option LONG[] = {
        {"json", no_argument, NULL, 'j'}, {"diff", no_argument, NULL, 'd'}, {NULL, 0, NULL, 0}};
    bool json = false, diff = false;
    cc_enclave_result_t rc;
    int option;

    if (command_help(argc, argv, USAGE))
        return EXIT_SUCCESS;
    while ((option = option_next(argc, argv, "", LONG)) != -1) {
        if (option != 'j' && option != 'd')
            return command_usage();
        *(option == 'j' ? &json : &diff) = true;
    }
    if (optind + (diff ? 2 : 1) != argc)
        return command_usage();
    if (diff)
        return diff_show((const char *const[]){argv[optind], argv[optind + 1]}, json);
    rc = inspect(argv[optind], json);
    return rc == CC_SUCCESS ? EXIT_SUCCESS : command_fail("inspect", rc);
}
