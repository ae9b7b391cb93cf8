/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * secgear encrypt: a signed image becomes one that only a device opens which is given the key, and
 * such keys are made.
 */
#include "base/detail.h"
#include "command.h"
#include "crypto/image_check.h"
#include "crypto/image_crypt.h"
#include "file.h"
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const char USAGE[] =
    "usage: secgear encrypt -k KEY -i SIGNED -o OUT [--force]   encrypt a signed image\n"
    "       secgear encrypt --new-key KEY             make a key (48 bytes, mode 0600)\n"
    "\n"
    "  -k, --key KEY   -i, --in SIGNED   -o, --out OUT\n"
    "\n"
    "--force replaces OUT whatever it is, not only an encrypted image.\n"
    "The application gives the key's file with ENCLAVE_FEATURE_PROTECTED_CODE_LOADER, as it is, "
    "or\n"
    "sealed by an enclave of the same signer (cc_enclave_pcl_key_seal).\n";

struct options {
    const char *key, *in, *out, *new_key;
    bool force;
};

static bool options_parse(int argc, char **argv, struct options *ret_options)
{
    static const struct option LONG[] = {
        {"key", required_argument, NULL, 'k'}, {"in", required_argument, NULL, 'i'},
        {"out", required_argument, NULL, 'o'}, {"new-key", required_argument, NULL, 'n'},
        {"force", no_argument, NULL, 'f'},     {NULL, 0, NULL, 0}};
    struct options o = {.key = NULL};
    int option;

    while ((option = option_next(argc, argv, "k:i:o:", LONG)) != -1) {
        switch (option) {
        case 'k':
            o.key = optarg;
            break;
        case 'i':
            o.in = optarg;
            break;
        case 'o':
            o.out = optarg;
            break;
        case 'n':
            o.new_key = optarg;
            break;
        case 'f':
            o.force = true;
            break;
        default:
            return false;
        }
    }
    *ret_options = o;
    if (optind != argc)
        return false;
    return o.new_key != NULL ? o.key == NULL && o.in == NULL && o.out == NULL
                             : o.key != NULL && o.in != NULL && o.out != NULL;
}

/* A key that is there may be the only way into images: it is never written over. */
static cc_enclave_result_t key_write(const char *path)
{
    struct image_key key;
    uint8_t bytes[IMAGE_KEY_SIZE];
    struct writer w = writer_over(bytes, sizeof bytes);
    cc_enclave_result_t rc;

    if (!image_key_make(&key))
        return detail_fail(CC_ERROR_GENERIC, "no random bytes");
    writer_put(&w, VIEW_OF(key.id));
    writer_put(&w, VIEW_OF(key.secret));
    rc = file_write_secret(path, view_of(bytes, sizeof bytes));
    wipe(&key, sizeof key);
    wipe(bytes, sizeof bytes);
    return rc;
}

static cc_enclave_result_t key_read(const char *path, struct image_key *ret_key)
{
    struct buf bytes = BUF_EMPTY;
    cc_enclave_result_t rc = file_read_key(path, &bytes);

    if (rc == CC_SUCCESS && !image_key_decode(buf_view(&bytes), ret_key))
        rc = detail_fail(CC_ERROR_BAD_FORMAT,
                         "%s: a key of %d bytes expected (secgear encrypt --new-key), found %zu",
                         path, IMAGE_KEY_SIZE, bytes.size);
    buf_free(&bytes);
    return rc;
}

static cc_enclave_result_t image_check(struct view file)
{
    struct image_identity identity;

    if (encrypted_image_is(file))
        return detail_fail(CC_ERROR_PCL_ENCRYPTED, "it is encrypted already");
    return image_verify(file, &identity);
}

static cc_enclave_result_t image_encrypt_to(const struct image_key *key, struct view plain,
                                            const char *path)
{
    struct buf room = BUF_EMPTY;
    struct writer w;
    cc_enclave_result_t rc;

    if (!buf_alloc(&room, plain.size + ENCRYPTED_IMAGE_HEADER_SIZE + ENCRYPTED_IMAGE_TAG_SIZE))
        return detail_fail(CC_ERROR_OUT_OF_MEMORY, "out of memory");
    w = writer_over(room.data, room.size);
    rc = image_encrypt(key, plain, &w);
    if (rc == CC_SUCCESS)
        rc = file_write(path, &(struct view){w.data, w.size}, 1);
    buf_free(&room);
    return rc;
}

static cc_enclave_result_t encrypt(const struct options *options)
{
    struct image_key key;
    struct buf file = BUF_EMPTY;
    cc_enclave_result_t rc = key_read(options->key, &key);

    if (rc != CC_SUCCESS)
        return rc;
    if (!options->force)
        rc = file_replaceable(options->out, encrypted_image_is, "no encrypted image");
    if (rc == CC_SUCCESS)
        rc = file_read(options->in, ENCRYPTED_IMAGE_MAX_SIZE, &file);
    if (rc == CC_SUCCESS) {
        rc = image_check(buf_view(&file));
        if (rc != CC_SUCCESS)
            detail_prefix("%s: ", options->in);
    }
    if (rc == CC_SUCCESS)
        rc = image_encrypt_to(&key, buf_view(&file), options->out);
    buf_free(&file);
    wipe(&key, sizeof key);
    return rc;
}

int cmd_encrypt(int argc, char **argv)
{
    struct options options;
    cc_enclave_result_t rc;

    if (command_help(argc, argv, USAGE))
        return EXIT_SUCCESS;
    if (!options_parse(argc, argv, &options))
        return command_usage();
    rc = options.new_key != NULL ? key_write(options.new_key) : encrypt(&options);
    return rc == CC_SUCCESS ? EXIT_SUCCESS : command_fail("encrypt", rc);
}
