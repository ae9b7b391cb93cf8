/* SPDX-License-Identifier: MulanPSL-2.0 */
/* secgear policy: writes a policy from images, and checks one as a verifier would read it. */
#include "command.h"
#include "base/detail.h"
#include "file.h"
#include "verify/policy_write.h"
#include "verify/verify.h"
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char USAGE[] =
    "usage: secgear policy from-image IMAGE... [-o|--out FILE] [--force] [--root ROOT.pem]... \n"
    "           [--mrtcb HEX]... [--revoked FILE] [--by-signer] [--any-tcb-insecure]\n"
    "           [--allow-embedded-device-insecure] [--allow-debug-enclave-insecure]\n"
    "       secgear policy check FILE\n"
    "       secgear policy test POLICY EVIDENCE... [--collateral PATH]... [--type TEE] [--at "
    "TIME]\n"
    "           [--plugins FOLDER]\n";

enum { LIST_MAX_COUNT = 64, POLICY_FILE_MAX_SIZE = 1 << 20, ROOT_MAX_SIZE = 64 << 10 };

/* What the command line gathers; the draft's lists point into it. */
struct gathered {
    struct policy_draft draft;
    struct image_identity *images;
    struct buf root_text[LIST_MAX_COUNT];
    struct view roots[LIST_MAX_COUNT];
    uint8_t mrtcb[LIST_MAX_COUNT][IMAGE_HASH_SIZE];
    struct buf revoked;
    const char *out;
    bool force;
};

static cc_enclave_result_t root_add(struct gathered *g, const char *path)
{
    size_t at = g->draft.root_count;
    cc_enclave_result_t rc;

    if (at == LIST_MAX_COUNT)
        return detail_fail(CC_ERROR_BAD_PARAMETERS, "--root: at most %d expected", LIST_MAX_COUNT);
    rc = file_read(path, ROOT_MAX_SIZE, &g->root_text[at]);
    if (rc != CC_SUCCESS)
        return rc;
    g->roots[at] = buf_view(&g->root_text[at]);
    g->draft.root_count++;
    return CC_SUCCESS;
}

static cc_enclave_result_t mrtcb_add(struct gathered *g, const char *hex)
{
    if (g->draft.mrtcb_count == LIST_MAX_COUNT ||
        !hex_parse(hex, g->mrtcb[g->draft.mrtcb_count], IMAGE_HASH_SIZE))
        return detail_fail(CC_ERROR_BAD_PARAMETERS,
                           "--mrtcb: 64 hexadecimal digits, at most %d times, expected",
                           LIST_MAX_COUNT);
    g->draft.mrtcb_count++;
    return CC_SUCCESS;
}

static cc_enclave_result_t option_take(struct gathered *g, int option)
{
    switch (option) {
    case 'o':
        g->out = optarg;
        return CC_SUCCESS;
    case 'f':
        g->force = true;
        return CC_SUCCESS;
    case 'r':
        return root_add(g, optarg);
    case 't':
        return mrtcb_add(g, optarg);
    case 'R':
        buf_free(&g->revoked);
        return file_read(optarg, POLICY_FILE_MAX_SIZE, &g->revoked);
    case 's':
        g->draft.by_signer = true;
        return CC_SUCCESS;
    case 'a':
        g->draft.any_tcb_insecure = true;
        return CC_SUCCESS;
    case 'e':
        g->draft.allow_embedded_device_insecure = true;
        return CC_SUCCESS;
    case 'd':
        g->draft.allow_debug_enclave_insecure = true;
        return CC_SUCCESS;
    default:
        return CC_ERROR_INVALID_CMD;
    }
}

static cc_enclave_result_t options_take(struct gathered *g, int argc, char **argv)
{
    static const struct option LONG[] = {{"out", required_argument, NULL, 'o'},
                                         {"force", no_argument, NULL, 'f'},
                                         {"root", required_argument, NULL, 'r'},
                                         {"mrtcb", required_argument, NULL, 't'},
                                         {"revoked", required_argument, NULL, 'R'},
                                         {"by-signer", no_argument, NULL, 's'},
                                         {"any-tcb-insecure", no_argument, NULL, 'a'},
                                         {"allow-embedded-device-insecure", no_argument, NULL, 'e'},
                                         {"allow-debug-enclave-insecure", no_argument, NULL, 'd'},
                                         {NULL, 0, NULL, 0}};
    cc_enclave_result_t rc = CC_SUCCESS;
    int option;

    while (rc == CC_SUCCESS && (option = option_next(argc, argv, "o:", LONG)) != -1)
        rc = option_take(g, option);
    return rc;
}

static cc_enclave_result_t image_identify(const char *path, struct image_identity *ret_identity)
{
    struct buf file = BUF_EMPTY;
    cc_enclave_result_t rc;

    rc = file_read(path, (size_t)IMAGE_ELF_MAX_SIZE + IMAGE_TAIL_MAX_SIZE, &file);
    if (rc != CC_SUCCESS)
        return rc;
    rc = image_verify(buf_view(&file), ret_identity);
    if (rc != CC_SUCCESS)
        detail_prefix("%s: ", path);
    buf_free(&file);
    return rc;
}

static cc_enclave_result_t images_add(struct gathered *g, int count, char **paths)
{
    g->images = calloc((size_t)count, sizeof *g->images);
    if (g->images == NULL)
        return detail_fail(CC_ERROR_OUT_OF_MEMORY, "out of memory");
    for (int i = 0; i < count; i++) {
        cc_enclave_result_t rc = image_identify(paths[i], &g->images[i]);

        if (rc != CC_SUCCESS)
            return rc;
    }
    g->draft.images = g->images;
    g->draft.image_count = (size_t)count;
    return CC_SUCCESS;
}

static void line_print(void *arg, const char *line)
{
    (void)arg;
    fprintf(stderr, "secgear policy: note: %s\n", line);
}

static cc_enclave_result_t review(struct view json)
{
    struct policy *policy = NULL;
    cc_enclave_result_t rc = policy_parse(json, &policy);

    if (rc == CC_SUCCESS)
        policy_review(policy, line_print, NULL);
    policy_free(policy);
    return rc;
}

static bool is_json(struct view first)
{
    while (first.size > 0 && (first.data[0] == ' ' || first.data[0] == '\n'))
        first = view_of(first.data + 1, first.size - 1);
    return first.size > 0 && first.data[0] == '{';
}

static cc_enclave_result_t policy_emit(const struct gathered *g, struct view json)
{
    const struct view parts[] = {json, view_text("\n")};

    if (g->out != NULL)
        return file_write(g->out, parts, 2);
    if (fwrite(json.data, 1, json.size, stdout) != json.size || putchar('\n') == EOF ||
        fflush(stdout) != 0)
        return detail_fail(CC_ERROR_WRITE_DATA, "standard output can't be written");
    return CC_SUCCESS;
}

static cc_enclave_result_t from_image(struct gathered *g, int argc, char **argv)
{
    struct buf json = BUF_EMPTY;
    cc_enclave_result_t rc;

    g->draft.roots = g->roots;
    g->draft.mrtcb = g->mrtcb;
    rc = options_take(g, argc, argv);
    if (rc == CC_SUCCESS && optind == argc)
        rc = CC_ERROR_INVALID_CMD;
    if (rc == CC_SUCCESS && g->out != NULL && !g->force)
        rc = file_replaceable(g->out, is_json, "no policy");
    if (rc != CC_SUCCESS)
        return rc;

    rc = images_add(g, argc - optind, argv + optind);
    if (rc != CC_SUCCESS)
        return rc;

    g->draft.revoked = buf_view(&g->revoked);
    rc = policy_from_images(&g->draft, &json);
    if (rc == CC_SUCCESS)
        rc = review(buf_view(&json));
    if (rc == CC_SUCCESS)
        rc = policy_emit(g, buf_view(&json));
    buf_free(&json);
    return rc;
}

static int from_image_run(int argc, char **argv)
{
    struct gathered *g = calloc(1, sizeof *g);
    cc_enclave_result_t rc;

    if (g == NULL)
        return command_fail("policy", CC_ERROR_OUT_OF_MEMORY);
    rc = from_image(g, argc, argv);
    for (size_t i = 0; i < LIST_MAX_COUNT; i++)
        buf_free(&g->root_text[i]);
    buf_free(&g->revoked);
    free(g->images);
    free(g);
    if (rc == CC_ERROR_INVALID_CMD)
        return command_usage();
    return rc == CC_SUCCESS ? EXIT_SUCCESS : command_fail("policy", rc);
}

static int check_run(const char *path)
{
    struct buf json = BUF_EMPTY;
    cc_enclave_result_t rc = file_read(path, POLICY_FILE_MAX_SIZE, &json);

    if (rc == CC_SUCCESS) {
        rc = review(buf_view(&json));
        if (rc != CC_SUCCESS)
            detail_prefix("%s: ", path);
    }
    buf_free(&json);
    if (rc != CC_SUCCESS)
        return command_fail("policy", rc);
    printf("%s: valid\n", path);
    return EXIT_SUCCESS;
}

int cmd_policy(int argc, char **argv)
{
    if (command_help(argc, argv, USAGE))
        return EXIT_SUCCESS;
    if (argc >= 2 && strcmp(argv[1], "from-image") == 0)
        return from_image_run(argc - 1, argv + 1);
    if (argc == 3 && strcmp(argv[1], "check") == 0)
        return check_run(argv[2]);
    if (argc >= 2 && strcmp(argv[1], "test") == 0)
        return policy_test_run(argc - 1, argv + 1);
    return command_usage();
}
