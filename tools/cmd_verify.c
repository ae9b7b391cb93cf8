/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * secgear verify, secgear evidence show, secgear policy test: evidence of any TEE, judged or only
 * read. The exit status says the verdict.
 */
#include "command.h"
#include "base/detail.h"
#include "base/text.h"
#include "file.h"
#include "files/parts.h"
#include "verifiers.h"
#include "verify/judge.h"
#include "verify/policy.h"
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char USAGE_VERIFY[] =
    "usage: secgear verify EVIDENCE [--policy FILE] [--collateral PATH]... [--nonce HEX]\n"
    "           [--type TEE] [--at TIME] [--plugins FOLDER] [--json]\n"
    "EVIDENCE and PATH: a file, a folder of parts, or a bundle. TIME: 2026-01-31T12:00:00Z.\n"
    "exit status: 0 accepted, 1 refused, 2 usage, or nothing to judge\n";
static const char USAGE_EVIDENCE[] =
    "usage: secgear evidence show EVIDENCE [--type TEE] [--plugins FOLDER] [--json]\n";

enum { NONCE_MAX_SIZE = 1024, POLICY_FILE_MAX_SIZE = POLICY_MAX_SIZE };

struct asked {
    struct parts collateral;
    struct policy *policy;
    uint8_t nonce[NONCE_MAX_SIZE];
    size_t nonce_size;
    bool has_nonce, json;
    const char *type, *plugins; /* NULL: found out, the installed ones */
    struct verifiers_all verifiers;
    uint64_t now_s;
};

static cc_enclave_result_t policy_load(const char *path, struct policy **policy)
{
    struct buf json = BUF_EMPTY;
    cc_enclave_result_t rc;

    if (*policy != NULL)
        return detail_fail(CC_ERROR_BAD_PARAMETERS, "%s: one policy expected, found a second",
                           path);
    rc = file_read(path, POLICY_FILE_MAX_SIZE, &json);
    if (rc == CC_SUCCESS) {
        rc = policy_parse(buf_view(&json), policy);
        if (rc != CC_SUCCESS)
            detail_prefix("%s: ", path);
    }
    buf_free(&json);
    return rc;
}

static cc_enclave_result_t nonce_take(struct asked *a, const char *hex)
{
    size_t size = strlen(hex) / 2;

    if (size == 0 || size > NONCE_MAX_SIZE || !hex_parse(hex, a->nonce, size))
        return detail_fail(CC_ERROR_BAD_PARAMETERS, "--nonce: hexadecimal digits expected");
    a->nonce_size = size;
    a->has_nonce = true;
    return CC_SUCCESS;
}

static cc_enclave_result_t option_take(struct asked *a, int option)
{
    switch (option) {
    case 'p':
        return policy_load(optarg, &a->policy);
    case 'c':
        return parts_load(optarg, false, &a->collateral);
    case 'n':
        return nonce_take(a, optarg);
    case 't':
        a->type = optarg;
        return CC_SUCCESS;
    case 'a':
        if (time_parse(view_text(optarg), &a->now_s))
            return CC_SUCCESS;
        return detail_fail(CC_ERROR_BAD_PARAMETERS, "--at: a time like 2026-01-31T12:00:00Z");
    case 'l':
        a->plugins = optarg;
        return CC_SUCCESS;
    case 'j':
        a->json = true;
        return CC_SUCCESS;
    default:
        return CC_ERROR_INVALID_CMD;
    }
}

static cc_enclave_result_t options_take(struct asked *a, int argc, char **argv)
{
    static const struct option LONG[] = {
        {"policy", required_argument, NULL, 'p'}, {"collateral", required_argument, NULL, 'c'},
        {"nonce", required_argument, NULL, 'n'},  {"type", required_argument, NULL, 't'},
        {"at", required_argument, NULL, 'a'},     {"plugins", required_argument, NULL, 'l'},
        {"json", no_argument, NULL, 'j'},         {NULL, 0, NULL, 0}};
    cc_enclave_result_t rc = CC_SUCCESS;
    int option;

    a->now_s = (uint64_t)time(NULL);
    while (rc == CC_SUCCESS && (option = option_next(argc, argv, "", LONG)) != -1)
        rc = option_take(a, option);
    return rc;
}

static const char *colour(const char *code)
{
    return isatty(STDOUT_FILENO) && getenv("NO_COLOR") == NULL ? code : "";
}

static void claim_print(const cc_verify_claim_t *claim)
{
    printf("  %-28s ", claim->name);
    if (claim->kind == CC_VERIFY_CLAIM_TEXT) {
        printf("%s\n", (const char *)claim->data);
    } else if (claim->kind == CC_VERIFY_CLAIM_NUMBER) {
        printf("%" PRIu64 "\n", claim->number);
    } else if (claim->kind == CC_VERIFY_CLAIM_FLAG) {
        puts(claim->number != 0 ? "yes" : "no");
    } else {
        for (size_t i = 0; i < claim->size; i++)
            printf("%02x", claim->data[i]);
        putchar('\n');
    }
}

static void claims_print(const struct cc_verify_result *v)
{
    for (size_t i = 0; i < v->claim_count; i++)
        claim_print(&v->claims[i]);
}

static void verdict_print(const char *path, const struct cc_verify_result *v)
{
    static const char *const VERDICTS[] = {"REFUSED", "ACCEPTED, with notes", "ACCEPTED"};
    static const char *const COLOURS[] = {"\033[1;31m", "\033[1;33m", "\033[1;32m"};
    static const char *const SEVERITIES[] = {"note", "refused", "broken"};
    char when[TIME_TEXT_ROOM];

    printf("%s: %s%s%s (%s)\n", path, colour(COLOURS[v->verdict]), VERDICTS[v->verdict],
           colour("\033[0m"), v->tee);
    for (size_t i = 0; i < v->reason_count; i++)
        printf("  %-8s %s\n", SEVERITIES[v->reasons[i].severity], v->reasons[i].sentence);
    if (v->expiry_s != UINT64_MAX) {
        time_format(v->expiry_s, when);
        printf("  holds until %s (%s)\n", when, v->expiry_what);
    }
}

/* What was found out about one piece of evidence; free() it. */
static cc_enclave_result_t evidence_judge(const struct asked *a, const char *path,
                                          struct cc_verify_result **ret_result)
{
    struct parts *evidence = calloc(1, sizeof *evidence);
    struct cc_verify_result *v = malloc(sizeof *v);
    const struct judge_by by = {.set = &a->verifiers.set, .policy = a->policy};
    cc_enclave_result_t rc = CC_ERROR_OUT_OF_MEMORY;

    if (evidence != NULL && v != NULL)
        rc = parts_load(path, true, evidence);
    if (rc == CC_SUCCESS) {
        const cc_verify_input_t input = {a->type,
                                         evidence->blobs,
                                         evidence->count,
                                         a->collateral.blobs,
                                         a->collateral.count,
                                         a->has_nonce ? a->nonce : NULL,
                                         a->nonce_size,
                                         a->now_s};

        rc = judge_evidence(&by, &input, v);
        if (rc != CC_SUCCESS)
            detail_prefix("%s: ", path);
    }
    if (evidence != NULL)
        parts_free(evidence);
    free(evidence);
    if (rc == CC_SUCCESS)
        *ret_result = v;
    else
        free(v);
    return rc;
}

static int json_print(const struct cc_verify_result *v)
{
    char *text = verdict_json(v);

    if (text == NULL)
        return EXIT_USAGE;
    puts(text);
    free(text);
    return EXIT_SUCCESS;
}

enum how { HOW_VERIFY, HOW_SHOW, HOW_TEST };
static const char *const NAMES[] = {"verify", "evidence", "policy"};

static int one_run(const struct asked *a, const char *path, enum how how)
{
    struct cc_verify_result *v = NULL;
    cc_enclave_result_t rc = evidence_judge(a, path, &v);
    int status;

    if (rc != CC_SUCCESS) {
        (void)command_fail(NAMES[how], rc);
        return EXIT_USAGE;
    }
    status = v->verdict == CC_VERIFY_REFUSED ? EXIT_FAILURE : EXIT_SUCCESS;
    if (a->json) {
        if (json_print(v) != EXIT_SUCCESS)
            status = EXIT_USAGE;
    } else if (how == HOW_SHOW) {
        printf("%s: %s; nothing of it is checked here\n", path, v->tee);
        claims_print(v);
    } else {
        verdict_print(path, v);
        if (how == HOW_VERIFY)
            claims_print(v);
    }
    if (how == HOW_SHOW)
        status = v->claim_count > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
    free(v);
    return status;
}

static int all_run(struct asked *a, int argc, char **argv, enum how how)
{
    cc_enclave_result_t rc = options_take(a, argc, argv);
    int worst = EXIT_SUCCESS;

    if (rc == CC_ERROR_INVALID_CMD)
        return command_usage();
    if (rc != CC_SUCCESS) {
        (void)command_fail(NAMES[how], rc);
        return EXIT_USAGE;
    }
    if (how == HOW_TEST && optind < argc) {
        rc = policy_load(argv[optind++], &a->policy);
        if (rc != CC_SUCCESS) {
            (void)command_fail(NAMES[how], rc);
            return EXIT_USAGE;
        }
    }
    if (optind == argc || (how != HOW_TEST && optind + 1 != argc))
        return command_usage();
    rc = verifiers_open(a->plugins, &a->verifiers);
    if (rc != CC_SUCCESS) {
        (void)command_fail(NAMES[how], rc);
        return EXIT_USAGE;
    }
    for (; optind < argc; optind++) {
        int status = one_run(a, argv[optind], how);

        if (status > worst)
            worst = status;
    }
    return worst;
}

static int asked_run(int argc, char **argv, enum how how)
{
    struct asked *a = calloc(1, sizeof *a);
    int status;

    if (a == NULL)
        return command_fail(NAMES[how], CC_ERROR_OUT_OF_MEMORY);
    status = all_run(a, argc, argv, how);
    verifiers_close(&a->verifiers);
    parts_free(&a->collateral);
    policy_free(a->policy);
    free(a);
    return status;
}

int cmd_verify(int argc, char **argv)
{
    if (command_help(argc, argv, USAGE_VERIFY))
        return EXIT_SUCCESS;
    return asked_run(argc, argv, HOW_VERIFY);
}

int cmd_evidence(int argc, char **argv)
{
    if (command_help(argc, argv, USAGE_EVIDENCE))
        return EXIT_SUCCESS;
    if (argc < 2 || strcmp(argv[1], "show") != 0)
        return command_usage();
    return asked_run(argc - 1, argv + 1, HOW_SHOW);
}

int policy_test_run(int argc, char **argv)
{
    return asked_run(argc, argv, HOW_TEST);
}
