/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "collateral_doctor.h"
#include "base/detail.h"
#include "command.h"
#include "fetch.h"
#include "verify/judge.h"
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char USAGE[] =
    "usage: secgear doctor collateral EVIDENCE FOLDER [--pcs URL] [--root-crl URL] [--kds URL]\n"
    "           [--product NAME]\n"
    "asks for what collateral fetch would, judges EVIDENCE with what is in FOLDER; ends 0 when\n"
    "all steps are fine\n";

enum { CLOCK_SKEW_MAX_S = 300 };

static bool step_say(const char *step, bool good, const char *what, const char *remedy)
{
    printf("%-14s %-6s %s\n", step, good ? "ok" : "FAILED", what);
    if (!good)
        printf("%-21s -> %s\n", "", remedy);
    return good;
}

static bool clock_check(uint64_t server_s)
{
    uint64_t now = (uint64_t)time(NULL);
    uint64_t apart = now > server_s ? now - server_s : server_s - now;
    char text[80];

    if (server_s == 0)
        return step_say("clock", true, "the server says no time", "");
    snprintf(text, sizeof text, "%" PRIu64 " s apart from the server's", apart);
    return step_say("clock", apart <= CLOCK_SKEW_MAX_S, text,
                    "set this machine's clock (NTP): certificates and lists are judged by it");
}

/* One step each for what came before it in the way. */
static bool answer_say(const char *url, const struct fetched *got)
{
    static const struct {
        const char *step, *remedy;
    } STEPS[] = {
        [FETCH_ANSWERED] = {"answer", ""},
        [FETCH_URL] = {"configuration", "a URL with https:// expected: --pcs, --kds, "
                                        "SECGEAR_PCS_URL, SECGEAR_KDS_URL"},
        [FETCH_DNS] = {"DNS", "the name does not resolve: /etc/resolv.conf, or a proxy "
                              "(https_proxy) that this machine needs"},
        [FETCH_CONNECT] = {"connect", "nobody answers there: a firewall, a wrong port, or a PCCS "
                                      "that is not running"},
        [FETCH_TLS] = {"TLS", "its certificate is not trusted: package ca-certificates, the clock, "
                              "or a PCCS with a certificate of its own (add its issuer to the "
                              "system's)"},
        [FETCH_TRANSFER] = {"transfer", "the connection broke, or the answer is no collateral"},
    };
    char text[700];

    if (got->step != FETCH_ANSWERED) {
        snprintf(text, sizeof text, "%.300s: %s", url, got->why);
        return step_say(STEPS[got->step].step, false, text, STEPS[got->step].remedy);
    }
    snprintf(text, sizeof text, "%.300s: status %ld", url, got->status);
    return step_say("answer", got->status == 200, text,
                    got->status == 429   ? "too many requests: wait, or run a PCCS of your own"
                    : got->status == 404 ? "the vendor does not know this platform (or it is not "
                                           "registered)"
                                         : "the service refuses: check the URL and its state");
}

static bool service_check(const struct wants *wants)
{
    struct fetched *got = calloc(1, sizeof *got);
    bool good = got != NULL;

    for (size_t i = 0; good && i < wants->count; i++) {
        const struct want *want = &wants->list[i];

        if (!fetch_get(want->url, want->chain_header, got)) {
            good = step_say("configuration", false, detail_get(), "see docs/dependencies.md");
            break;
        }
        good = answer_say(want->url, got);
        if (good && i == 0)
            good = clock_check(got->date_s);
        fetched_free(got);
    }
    free(got);
    return good;
}

/* The chain and all the rest, as a verifier sees them. */
static bool chain_check_run(const struct parts *evidence, const struct parts *collateral,
                            const char *tee)
{
    struct cc_verify_result *v = malloc(sizeof *v);
    const cc_verify_input_t input = {.tee = tee,
                                     .evidence = evidence->blobs,
                                     .evidence_count = evidence->count,
                                     .collateral = collateral->blobs,
                                     .collateral_count = collateral->count,
                                     .now_s = (uint64_t)time(NULL)};
    struct verifiers set;
    const struct judge_by by = {.set = &set};
    const char *why = "out of memory";
    bool good;

    verifiers_builtin(&set);
    good = v != NULL && judge_evidence(&by, &input, v) == CC_SUCCESS;
    if (v != NULL && !good)
        why = detail_get();
    for (size_t i = 0; good && i < v->reason_count; i++)
        if (v->reasons[i].severity == CC_VERIFY_BROKEN ||
            (v->reasons[i].severity == CC_VERIFY_RULE &&
             (strcmp(v->reasons[i].rule, "crl") == 0 ||
              strcmp(v->reasons[i].rule, "collateral") == 0))) {
            good = false;
            why = v->reasons[i].sentence;
        }
    good =
        step_say("chain", good, good ? "the evidence holds under this collateral" : why,
                 "fetch again with --force; if it stays, the evidence or the server is at fault");
    free(v);
    return good;
}

static bool folder_check(const struct parts *evidence, const char *folder, const char *tee)
{
    struct parts *collateral = calloc(1, sizeof *collateral);
    bool good = collateral != NULL && parts_load(folder, false, collateral) == CC_SUCCESS;

    if (!good) {
        step_say("folder", false, detail_get(), "secgear collateral fetch EVIDENCE FOLDER");
    } else {
        good = step_say("age", collateral_show(folder, (uint64_t)time(NULL)) == EXIT_SUCCESS,
                        "as listed", "secgear collateral fetch EVIDENCE FOLDER");
        good = chain_check_run(evidence, collateral, tee) && good;
    }
    if (collateral != NULL)
        parts_free(collateral);
    free(collateral);
    return good;
}

static int examine(const struct sources *sources, char **argv)
{
    struct parts *evidence = calloc(1, sizeof *evidence);
    struct wants wants = {.count = 0};
    cc_enclave_result_t rc = CC_ERROR_OUT_OF_MEMORY;
    bool good = false;

    if (evidence != NULL)
        rc = parts_load(argv[0], true, evidence);
    if (rc == CC_SUCCESS)
        rc = wants_find(evidence, sources, &wants);
    if (rc == CC_SUCCESS) {
        good = step_say("configuration", true, wants.tee, "");
        good = service_check(&wants) && good;
        good = folder_check(evidence, argv[1], wants.tee) && good;
    }
    if (evidence != NULL)
        parts_free(evidence);
    free(evidence);
    if (rc != CC_SUCCESS)
        return command_fail("doctor", rc);
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}

int collateral_doctor_run(int argc, char **argv)
{
    static const struct option LONG[] = {{"pcs", required_argument, NULL, 'i'},
                                         {"root-crl", required_argument, NULL, 'r'},
                                         {"kds", required_argument, NULL, 'k'},
                                         {"product", required_argument, NULL, 'm'},
                                         {NULL, 0, NULL, 0}};
    struct sources sources;
    int option;

    if (command_help(argc, argv, USAGE))
        return EXIT_SUCCESS;
    sources_default(&sources);
    while ((option = option_next(argc, argv, "", LONG)) != -1) {
        if (option == 'i')
            sources.pcs = optarg;
        else if (option == 'r')
            sources.root_crl = optarg;
        else if (option == 'k')
            sources.kds = optarg;
        else if (option == 'm')
            sources.product = optarg;
        else
            return command_usage();
    }
    if (optind + 2 != argc)
        return command_usage();
    return examine(&sources, argv + optind);
}
