/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * secgear collateral fetch | show: what vendors publish about a platform, kept in a folder that
 * secgear verify --collateral takes. What still holds is not fetched again.
 */
#include "collateral.h"
#include "base/detail.h"
#include "base/text.h"
#include "collateral_doctor.h"
#include "command.h"
#include "fetch.h"
#include "file.h"
#include "verify/policy.h"
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

static const char USAGE[] =
    "usage: secgear collateral fetch EVIDENCE FOLDER [--policy FILE] [--force] [--max-wait S]\n"
    "           [--pcs URL] [--root-crl URL] [--kds URL] [--product NAME]\n"
    "       secgear collateral show FOLDER\n"
    "URLs: Intel's PCS or a PCCS, the list of Intel's root, AMD's key server; also from\n"
    "SECGEAR_PCS_URL, SECGEAR_ROOT_CRL_URL, SECGEAR_KDS_URL. A policy may grant what can not be\n"
    "fetched a time of grace.\n";

enum { TRIES = 4, WAIT_DEFAULT_S = 60, ENDS_SOON_S = 7 * 86400 };

struct order {
    struct sources sources;
    const char *policy_path;
    const char *folder;
    bool force;
    uint64_t max_wait_s;
    uint64_t now_s, grace_s;
};

void sources_default(struct sources *ret_sources)
{
    const char *pcs = getenv("SECGEAR_PCS_URL"), *kds = getenv("SECGEAR_KDS_URL");
    const char *root = getenv("SECGEAR_ROOT_CRL_URL");

    *ret_sources = (struct sources){
        .pcs = pcs != NULL ? pcs : "https://api.trustedservices.intel.com",
        .root_crl = root != NULL
                        ? root
                        : "https://certificates.trustedservices.intel.com/IntelSGXRootCA.der",
        .kds = kds != NULL ? kds : "https://kdsintf.amd.com"};
}

static cc_enclave_result_t place_of(const struct order *o, const char *file, char *path)
{
    int size = snprintf(path, PATH_MAX, "%s/%s", o->folder, file);

    return size > 0 && size < PATH_MAX
               ? CC_SUCCESS
               : detail_fail(CC_ERROR_INVALID_PATH, "%.60s...: the path is too long", o->folder);
}

/* Until when the file that is there holds; 0: there is none, or it can not be read. */
static uint64_t kept_until(const struct order *o, const char *file)
{
    char path[PATH_MAX];
    struct buf bytes = BUF_EMPTY;
    uint64_t from = 0, until = 0;

    if (place_of(o, file, path) != CC_SUCCESS ||
        file_read(path, FETCH_MAX_SIZE, &bytes) != CC_SUCCESS ||
        collateral_dates(file, buf_view(&bytes), &from, &until) != CC_SUCCESS)
        until = 0;
    buf_free(&bytes);
    return until;
}

static bool still_holds(const struct order *o, const struct want *want)
{
    return !o->force && kept_until(o, want->file) > o->now_s &&
           (want->chain_file == NULL || kept_until(o, want->chain_file) > o->now_s);
}

static void wait_s(uint64_t seconds)
{
    struct timespec left = {.tv_sec = (time_t)seconds};

    while (nanosleep(&left, &left) != 0 && errno == EINTR)
        ;
}

/* Too many requests, or not now: as long as the server says, else 1, 2, 4 seconds. */
static cc_enclave_result_t back_off(const struct order *o, const struct want *want,
                                    const struct fetched *got, unsigned attempt)
{
    uint64_t seconds = got->says_wait ? got->wait_s : UINT64_C(1) << attempt;

    if (attempt + 1 == TRIES || seconds > o->max_wait_s)
        return detail_fail(CC_ERROR_READ_DATA,
                           "%s: %.300s answers %ld and wants %" PRIu64
                           " s; try later, or allow it with --max-wait",
                           want->file, want->url, got->status, seconds);
    fprintf(stderr, "secgear collateral: %s: status %ld, next try in %" PRIu64 " s\n", want->file,
            got->status, seconds);
    wait_s(seconds);
    return CC_SUCCESS;
}

static cc_enclave_result_t answer_get(const struct order *o, const struct want *want,
                                      struct fetched *got)
{
    for (unsigned attempt = 0; attempt < TRIES; attempt++) {
        cc_enclave_result_t rc;

        if (!fetch_get(want->url, want->chain_header, got))
            return CC_ERROR_GENERIC; /* no libcurl */
        if (got->step != FETCH_ANSWERED)
            return detail_fail(CC_ERROR_READ_DATA, "%s: %.300s: %s", want->file, want->url,
                               got->why);
        if (got->status == 200)
            return answer_decode(want->file, &got->body)
                       ? CC_SUCCESS
                       : detail_fail(CC_ERROR_READ_DATA,
                                     "%s: a list as DER or as hexadecimal digits expected",
                                     want->file);
        if (got->status != 429 && got->status != 503)
            return detail_fail(CC_ERROR_READ_DATA, "%s: %.300s answers %ld", want->file, want->url,
                               got->status);
        rc = back_off(o, want, got, attempt);
        if (rc != CC_SUCCESS)
            return rc;
        fetched_free(got);
    }
    return CC_ERROR_READ_DATA;
}

/* What does not parse or does not hold never takes the place of what is there. */
static cc_enclave_result_t answer_check(const struct order *o, const char *file, struct view bytes)
{
    uint64_t from = 0, until = 0;
    cc_enclave_result_t rc = collateral_dates(file, bytes, &from, &until);

    if (rc == CC_SUCCESS && (o->now_s < from || o->now_s > until))
        rc = detail_fail(CC_ERROR_READ_DATA,
                         "%s: what was fetched does not hold now: compare the clock, or the server "
                         "is behind",
                         file);
    return rc;
}

static cc_enclave_result_t file_keep(const struct order *o, const char *file, struct view bytes)
{
    char path[PATH_MAX];
    cc_enclave_result_t rc = place_of(o, file, path);

    return rc == CC_SUCCESS ? file_write(path, &bytes, 1) : rc;
}

/* The chain first, so that a document never stands beside an older chain. */
static cc_enclave_result_t answer_keep(const struct order *o, const struct want *want,
                                       const struct fetched *got)
{
    struct view chain = view_text(got->header);
    cc_enclave_result_t rc = answer_check(o, want->file, buf_view(&got->body));

    if (rc == CC_SUCCESS && want->chain_file != NULL)
        rc = answer_check(o, want->chain_file, chain);
    if (rc == CC_SUCCESS && want->chain_file != NULL)
        rc = file_keep(o, want->chain_file, chain);
    if (rc == CC_SUCCESS)
        rc = file_keep(o, want->file, buf_view(&got->body));
    return rc;
}

static cc_enclave_result_t want_fetch(const struct order *o, const struct want *want)
{
    struct fetched *got = calloc(1, sizeof *got);
    char why[512];
    cc_enclave_result_t rc;
    uint64_t until;

    if (got == NULL)
        return detail_fail(CC_ERROR_OUT_OF_MEMORY, "out of memory");
    rc = answer_get(o, want, got);
    if (rc == CC_SUCCESS)
        rc = answer_keep(o, want, got);
    fetched_free(got);
    free(got);
    if (rc == CC_SUCCESS) {
        printf("%-24s fetched\n", want->file);
        return rc;
    }
    snprintf(why, sizeof why, "%s", detail_get());
    until = kept_until(o, want->file);
    if (until == 0 || o->now_s > until + o->grace_s)
        return detail_fail(rc, "%s", why);
    printf("%-24s kept: %s\n", want->file, why);
    return CC_SUCCESS;
}

/* Grace is what the policy says of that type, or none. */
static cc_enclave_result_t grace_read(struct order *o, const char *tee)
{
    struct buf json = BUF_EMPTY;
    struct policy *policy = NULL;
    const struct tee_rules *rules;
    cc_enclave_result_t rc;

    if (o->policy_path == NULL)
        return CC_SUCCESS;
    rc = file_read(o->policy_path, POLICY_MAX_SIZE, &json);
    if (rc == CC_SUCCESS)
        rc = policy_parse(buf_view(&json), &policy);
    if (rc == CC_SUCCESS) {
        rules = tee_policy_find(&policy->tees, tee);
        o->grace_s = rules != NULL ? rules->grace_s : 0;
    }
    policy_free(policy);
    buf_free(&json);
    return rc;
}

/* What no service hands out must have been brought. */
static cc_enclave_result_t by_hand_check(const struct order *o, const struct wants *wants)
{
    if (kept_until(o, wants->by_hand) <= o->now_s)
        return detail_fail(CC_ERROR_READ_DATA, "%s: not there, or past its end; %s", wants->by_hand,
                           wants->by_whom);
    printf("%-24s brought by hand\n", wants->by_hand);
    return CC_SUCCESS;
}

static cc_enclave_result_t all_fetch(struct order *o, const char *evidence_path)
{
    struct parts *evidence = calloc(1, sizeof *evidence);
    struct wants wants = {.count = 0};
    cc_enclave_result_t rc;

    if (evidence == NULL)
        return detail_fail(CC_ERROR_OUT_OF_MEMORY, "out of memory");
    rc = parts_load(evidence_path, true, evidence);
    if (rc == CC_SUCCESS)
        rc = wants_find(evidence, &o->sources, &wants);
    if (rc == CC_SUCCESS)
        rc = grace_read(o, wants.tee);
    if (rc == CC_SUCCESS && mkdir(o->folder, 0777) != 0 && errno != EEXIST)
        rc = detail_fail(CC_ERROR_WRITE_DATA, "%.200s: %s", o->folder, strerror(errno));
    for (size_t i = 0; rc == CC_SUCCESS && i < wants.count; i++) {
        if (still_holds(o, &wants.list[i]))
            printf("%-24s holds\n", wants.list[i].file);
        else
            rc = want_fetch(o, &wants.list[i]);
    }
    if (rc == CC_SUCCESS && wants.by_hand != NULL)
        rc = by_hand_check(o, &wants);
    parts_free(evidence);
    free(evidence);
    return rc;
}

static bool option_take(struct order *o, int option)
{
    switch (option) {
    case 'p':
        o->policy_path = optarg;
        return true;
    case 'f':
        o->force = true;
        return true;
    case 'w':
        o->max_wait_s = strtoul(optarg, NULL, 10);
        return true;
    case 'i':
        o->sources.pcs = optarg;
        return true;
    case 'r':
        o->sources.root_crl = optarg;
        return true;
    case 'k':
        o->sources.kds = optarg;
        return true;
    case 'm':
        o->sources.product = optarg;
        return strcmp(optarg, "Milan") == 0 || strcmp(optarg, "Genoa") == 0 ||
               strcmp(optarg, "Turin") == 0;
    default:
        return false;
    }
}

static int fetch_run(int argc, char **argv)
{
    static const struct option LONG[] = {
        {"policy", required_argument, NULL, 'p'},   {"force", no_argument, NULL, 'f'},
        {"max-wait", required_argument, NULL, 'w'}, {"pcs", required_argument, NULL, 'i'},
        {"root-crl", required_argument, NULL, 'r'}, {"kds", required_argument, NULL, 'k'},
        {"product", required_argument, NULL, 'm'},  {NULL, 0, NULL, 0}};
    struct order o = {.max_wait_s = WAIT_DEFAULT_S, .now_s = (uint64_t)time(NULL)};
    cc_enclave_result_t rc;
    int option;

    sources_default(&o.sources);
    while ((option = option_next(argc, argv, "", LONG)) != -1)
        if (!option_take(&o, option))
            return command_usage();
    if (optind + 2 != argc)
        return command_usage();
    o.folder = argv[optind + 1];
    rc = all_fetch(&o, argv[optind]);
    return rc == CC_SUCCESS ? EXIT_SUCCESS : command_fail("collateral", rc);
}

/* One line; false: it is past its end, or can not be read. */
static bool file_show(const char *name, struct view bytes, uint64_t now, uint64_t *next,
                      char ret_next[PARTS_NAME_ROOM])
{
    char when[TIME_TEXT_ROOM], since[TIME_TEXT_ROOM];
    uint64_t from, until;

    if (collateral_dates(name, bytes, &from, &until) != CC_SUCCESS) {
        printf("%-34s can not be read\n", name);
        return false;
    }
    time_format(from, since);
    time_format(until, when);
    if (until > now && until < *next) {
        *next = until;
        snprintf(ret_next, PARTS_NAME_ROOM, "%s", name);
    }
    printf("%-34s since %.10s (%" PRIu64 " days), until %s%s\n", name, since,
           now > from ? (now - from) / 86400 : 0, when,
           now > until                 ? ": PAST ITS END"
           : until - now < ENDS_SOON_S ? ": ends soon"
                                       : "");
    return now <= until;
}

int collateral_show(const char *folder, uint64_t now_s)
{
    struct parts *parts = calloc(1, sizeof *parts);
    char next_name[PARTS_NAME_ROOM] = "", when[TIME_TEXT_ROOM];
    uint64_t next = UINT64_MAX;
    bool good = true;
    cc_enclave_result_t rc;

    if (parts == NULL)
        return command_fail("collateral", CC_ERROR_OUT_OF_MEMORY);
    rc = parts_load(folder, false, parts);
    for (size_t i = 0; rc == CC_SUCCESS && i < parts->count; i++)
        good =
            file_show(parts->names[i], buf_view(&parts->bytes[i]), now_s, &next, next_name) && good;
    parts_free(parts);
    free(parts);
    if (rc != CC_SUCCESS)
        return command_fail("collateral", rc);
    if (next != UINT64_MAX) {
        time_format(next, when);
        printf("next to end: %s, %s\n", next_name, when);
    }
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}

int cmd_collateral(int argc, char **argv)
{
    if (command_help(argc, argv, USAGE))
        return EXIT_SUCCESS;
    if (argc >= 2 && strcmp(argv[1], "fetch") == 0)
        return fetch_run(argc - 1, argv + 1);
    if (argc == 3 && strcmp(argv[1], "show") == 0)
        return collateral_show(argv[2], (uint64_t)time(NULL));
    return command_usage();
}
