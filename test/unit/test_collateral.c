/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * test_collateral.c - secgear collateral and secgear doctor collateral against a server of this
 * test on the loopback, which answers as Intel's service does about a platform from own keys, and
 * counts who asks.
 */
#include "forge_intel.h"
#include "support.h"
#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>

enum { SCRIPT_ROOM = 4096, REQUEST_ROOM = 4096 };

static struct rig rig;
static struct intel f;
static char folder[FOLDER_ROOM], issued[TIME_TEXT_ROOM], ends[TIME_TEXT_ROOM];
static int listener = -1;
static unsigned port;
/* What the server does: so many times "too many requests" first, then this status. */
static atomic_int refusals, status = 200, asked;
static const char *retry_after = "Retry-After: 0\r\n";
static const char *clock_line = "";

/* A header's value with its lines as %0A, as the service sends chains. */
static void chain_send(FILE *to, const char *name, const struct buf *pem)
{
    fprintf(to, "%s: ", name);
    for (size_t i = 0; i < pem->size; i++)
        if (pem->data[i] == '\n')
            fputs("%0A", to);
        else if (pem->data[i] == ' ')
            fputs("%20", to);
        else
            fputc(pem->data[i], to);
    fputs("\r\n", to);
}

static void answer(FILE *to, const char *path)
{
    const char *part = strstr(path, "/tcb?fmspc=00906ed50000") != NULL ? "tcb_info.json"
                       : strstr(path, "/qe/identity") != NULL          ? "qe_identity.json"
                       : strstr(path, "/pckcrl?ca=platform&encoding=der") != NULL ? "pck_crl.der"
                       : strstr(path, "/root.der") != NULL ? "root_ca_crl.der"
                                                           : NULL;
    const struct buf *body = part != NULL ? &rig_part(&rig, false, part)->bytes : NULL;

    if (part == NULL) {
        fputs("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", to);
        return;
    }
    fprintf(to, "HTTP/1.1 200 OK\r\n%sContent-Length: %zu\r\nConnection: close\r\n", clock_line,
            body->size);
    if (strstr(part, "tcb_info") != NULL)
        chain_send(to, "TCB-Info-Issuer-Chain",
                   &rig_part(&rig, false, "tcb_info_issuer_chain.pem")->bytes);
    if (strstr(part, "qe_identity") != NULL)
        chain_send(to, "SGX-Enclave-Identity-Issuer-Chain",
                   &rig_part(&rig, false, "qe_identity_issuer_chain.pem")->bytes);
    fputs("\r\n", to);
    fwrite(body->data, 1, body->size, to);
}

static void serve_one(int fd)
{
    char request[REQUEST_ROOM] = "", path[REQUEST_ROOM] = "";
    FILE *to = fdopen(fd, "r+");

    if (to == NULL || fgets(request, sizeof request, to) == NULL ||
        sscanf(request, "GET %4000s", path) != 1)
        goto out;
    while (fgets(request, sizeof request, to) != NULL && request[0] != '\r')
        ;
    fseek(to, 0, SEEK_CUR);
    asked++;
    if (refusals > 0) {
        refusals--;
        fprintf(to, "HTTP/1.1 429 Too Many Requests\r\n%sContent-Length: 0\r\n\r\n", retry_after);
    } else if (status != 200) {
        fprintf(to, "HTTP/1.1 %d Some Reason\r\nContent-Length: 0\r\n\r\n", status);
    } else {
        answer(to, path);
    }
out:
    if (to != NULL)
        fclose(to);
}

static void *serve(void *arg)
{
    int fd;

    (void)arg;
    while ((fd = accept(listener, NULL, NULL)) >= 0)
        serve_one(fd);
    return NULL;
}

static void server_start(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET};
    socklen_t size = sizeof at;
    pthread_t thread;

    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(bind(listener, (struct sockaddr *)&at, sizeof at), 0);
    ck_assert_int_eq(listen(listener, 8), 0);
    ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&at, &size), 0);
    port = ntohs(at.sin_port);
    ck_assert_int_eq(pthread_create(&thread, NULL, serve, NULL), 0);
    pthread_detach(thread);
}

/* All dates around now, since the command has no other clock. */
static void platform_make(uint64_t ends_in_s)
{
    uint64_t now = (uint64_t)time(NULL);
    struct made *certs[] = {&f.root, &f.ca, &f.pck, &f.signer};

    intel_make(&f, true, 4);
    for (size_t i = 0; i < 4; i++) {
        certs[i]->from_s = now - 86400;
        certs[i]->until_s = now + 86400 * 400;
    }
    time_format(now - 3600, issued);
    time_format(now + ends_in_s, ends);
    f.issued = f.qe_issued = issued;
    f.next = f.qe_next = ends;
    f.crl_until_s = now + ends_in_s;
    intel_build(&f, &rig);
}

static void put(const char *name, struct view bytes)
{
    char path[FOLDER_ROOM + 40];
    FILE *file;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    file = fopen(path, "wbe");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(bytes.data, 1, bytes.size, file), bytes.size);
    fclose(file);
}

static void setup(void)
{
    folder_fresh(folder);
    platform_make(30 * 86400);
    put("quote", buf_view(&rig_part(&rig, true, "quote")->bytes));
    server_start();
}

/* Exit status of a script in the folder, in which `fetch` and `doctor` are the commands. */
static int sh(const char *script)
{
    static char whole[SCRIPT_ROOM];
    char here[1024];
    ssize_t size = readlink("/proc/self/exe", here, sizeof here - 1);
    int ended;

    ck_assert_int_gt(size, 0);
    here[size] = '\0';
    *strrchr(here, '/') = '\0';
    snprintf(whole, sizeof whole,
             "set -u; cd %s; S='%s/../bin/secgear'; U='--pcs http://127.0.0.1:%u --root-crl "
             "http://127.0.0.1:%u/root.der'\n"
             "fetch() { \"$S\" collateral fetch quote kept $U \"$@\" >out 2>err; }\n"
             "has() { grep -q -- \"$1\" \"$2\" || { echo \"no '$1' in:\"; cat out err; exit 9; }; "
             "}\n%s",
             folder, here, port, port, script);
    ended = system(whole); /* a test may */
    return WIFEXITED(ended) ? WEXITSTATUS(ended) : -1;
}

static bool no_curl(void)
{
    return sh("fetch; grep -q 'without libcurl' err") == 0;
}

#define SKIP_WITHOUT_CURL()                                                                        \
    if (no_curl())                                                                                 \
    TEST_SKIP("secgear was built without libcurl")

START_TEST(fetches_what_the_quote_needs_and_only_once)
{
    SKIP_WITHOUT_CURL();
    ck_assert_int_eq(
        sh("rm -rf kept; fetch || { cat err; exit 1; }; has 'root_ca_crl.der *fetched' "
           "out; ls kept | wc -l | grep -qx 6"),
        0);
    for (size_t i = 0; i < rig.collateral_count; i++) {
        char path[FOLDER_ROOM + 80];
        struct buf found;

        snprintf(path, sizeof path, "%s/kept/%s", folder, rig.collateral[i].name);
        found = rig_read(path);
        ck_assert(view_equal(buf_view(&found), buf_view(&rig.collateral[i].bytes)));
        buf_free(&found);
    }
    asked = 0;
    ck_assert_int_eq(sh("fetch && has 'tcb_info.json *holds' out"), 0);
    ck_assert_int_eq(asked, 0);
    ck_assert_int_eq(sh("fetch --force && has 'tcb_info.json *fetched' out"), 0);
    ck_assert_int_eq(asked, 4);
}
END_TEST

START_TEST(too_many_requests_are_waited_for_as_the_server_says)
{
    SKIP_WITHOUT_CURL();
    refusals = 2;
    asked = 0;
    ck_assert_int_eq(sh("rm -rf kept; fetch && has 'status 429, next try in 0 s' err"), 0);
    ck_assert_int_eq(asked, 6);

    refusals = 1;
    asked = 0;
    retry_after = "Retry-After: 3600\r\n"; /* longer than anybody waits */
    ck_assert_int_eq(sh("fetch --force --max-wait 5; test $? = 0 && has 'kept:.*3600 s' out"), 0);
    ck_assert_int_eq(sh("rm -rf kept"), 0);
    refusals = 1;
    ck_assert_int_eq(sh("fetch --max-wait 5; test $? = 1 && has '3600 s; try later' err"), 0);
}
END_TEST

START_TEST(what_is_not_good_never_takes_the_place_of_what_is)
{
    struct buf *list = &rig_part(&rig, false, "root_ca_crl.der")->bytes;

    SKIP_WITHOUT_CURL();
    ck_assert_int_eq(sh("rm -rf kept; fetch; cp -r kept before"), 0);
    list->size = 20; /* cut off */
    ck_assert_int_eq(
        sh("fetch --force; has 'root_ca_crl.der *kept: .*its dates expected' out; diff "
           "-r kept before"),
        0);
    status = 500;
    ck_assert_int_eq(sh("fetch --force; has 'answers 500' out; diff -r kept before; ls -a kept | "
                        "grep -c XXX | grep -qx 0"),
                     0);
    ck_assert_int_eq(sh("rm -rf kept; fetch; test $? = 1 && has 'answers 500' err"), 0);
}
END_TEST

/* Past its end it is kept only as long as a policy grants. */
START_TEST(grace_is_what_a_policy_grants)
{
    SKIP_WITHOUT_CURL();
    ck_assert_int_eq(sh("rm -rf kept; fetch"), 0);
    rig_free(&rig);
    platform_make(30 * 86400);
    {
        uint64_t now = (uint64_t)time(NULL);
        char old[TIME_TEXT_ROOM];
        struct buf doc;

        time_format(now - 100, old);
        f.next = old;
        doc = intel_response(&f, "tcbInfo", f.tcb_key, intel_tcb_write);
        ck_assert_int_eq(sh("chmod -R u+w kept"), 0);
        put("kept/tcb_info.json", buf_view(&doc));
        buf_free(&doc);
    }
    status = 503;
    retry_after = "";
    ck_assert_int_eq(sh("fetch --max-wait 0; test $? = 1 && has 'answers 503' err"), 0);
    ck_assert_int_eq(sh("echo '{\"schema\":2,\"tees\":{\"tdx\":{\"collateral_grace_s\":90}}}' >p; "
                        "fetch --policy p --max-wait 0; test $? = 1"),
                     0);
    ck_assert_int_eq(
        sh("echo '{\"schema\":2,\"tees\":{\"tdx\":{\"collateral_grace_s\":4000}}}' >p; "
           "fetch --policy p --max-wait 0 || { cat err; exit 1; }; has 'tcb_info.json "
           "*kept' out"),
        0);
}
END_TEST

START_TEST(show_says_ages_and_what_ends_next)
{
    SKIP_WITHOUT_CURL();
    ck_assert_int_eq(sh("rm -rf kept; fetch; \"$S\" collateral show kept >out; test $? = 0; has "
                        "'tcb_info.json .* until 20' out; has 'next to end: ' out"),
                     0);
    ck_assert_int_eq(sh("\"$S\" collateral show nothing >out 2>err; test $? = 1"), 0);
}
END_TEST

#define DOCTOR "\"$S\" doctor collateral quote kept "

START_TEST(doctor_names_the_step_that_fails)
{
    SKIP_WITHOUT_CURL();
    ck_assert_int_eq(sh("rm -rf kept; fetch"), 0);
    /* The root is nobody's, so the chain is the step that fails here. */
    ck_assert_int_eq(sh(DOCTOR "$U >out 2>err; test $? = 1; has 'answer *ok' out; has 'clock *ok' "
                               "out; has 'age *ok' out; has 'chain *FAILED root:' out"),
                     0);
    ck_assert_int_eq(sh(DOCTOR "--pcs http://no.such.name.invalid >out; has 'DNS *FAILED' out"), 0);
    ck_assert_int_eq(sh(DOCTOR "--pcs ftp://127.0.0.1 >out; has 'configuration *FAILED' out"), 0);
    ck_assert_int_eq(sh(DOCTOR "--pcs http://127.0.0.1:1 >out; has 'connect *FAILED' out"), 0);
    ck_assert_int_eq(sh(DOCTOR "--pcs https://${U##*//} >out; has 'TLS *FAILED' out"), 0);
    clock_line = "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n";
    ck_assert_int_eq(sh(DOCTOR "$U >out; has 'clock *FAILED' out; has 'NTP' out"), 0);
    status = 404;
    ck_assert_int_eq(sh(DOCTOR "$U >out; has 'answer *FAILED' out; has 'does not know' out"), 0);
    ck_assert_int_eq(sh("rm -rf kept; " DOCTOR "$U >out; has 'folder *FAILED' out"), 0);
}
END_TEST

START_TEST(other_evidence_has_none)
{
    SKIP_WITHOUT_CURL();
    ck_assert_int_eq(sh("echo nothing >quote; fetch; test $? = 1 && has 'nobody publishes' err"),
                     0);
    ck_assert_int_eq(sh("\"$S\" collateral >out 2>err; test $? = 2"), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tools/collateral");
    TCase *tcase = tcase_of(suite, "collateral");

    tcase_add_checked_fixture(tcase, setup, NULL);
    tcase_add_test(tcase, fetches_what_the_quote_needs_and_only_once);
    tcase_add_test(tcase, too_many_requests_are_waited_for_as_the_server_says);
    tcase_add_test(tcase, what_is_not_good_never_takes_the_place_of_what_is);
    tcase_add_test(tcase, grace_is_what_a_policy_grants);
    tcase_add_test(tcase, show_says_ages_and_what_ends_next);
    tcase_add_test(tcase, doctor_names_the_step_that_fails);
    tcase_add_test(tcase, other_evidence_has_none);
    return suite_main(suite);
}
