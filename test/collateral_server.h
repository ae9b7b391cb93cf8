/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * collateral_server.h - a server on the loopback that answers as vendors' services do, counts who
 * asks, and the commands that ask it.
 * Layer: test. Threads: the server has one of its own.
 */
#ifndef TEST_COLLATERAL_SERVER_H
#define TEST_COLLATERAL_SERVER_H

#include "evidence_rig.h"
#include "support.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/wait.h>

enum { SCRIPT_ROOM = 4096, REQUEST_ROOM = 4096 };

static char folder[FOLDER_ROOM];
static int listener = -1;
static unsigned port;
/* What the server does: so many times "too many requests" first, then this status. */
static atomic_int refusals, status = 200, asked;
static const char *retry_after = "Retry-After: 0\r\n";
static const char *clock_line = "";

/* Writes further headers; the body for that path, or NULL: not found. The test's. */
static const struct buf *served(FILE *to, const char *path);

static void answer(FILE *to, const char *path)
{
    char *headers = NULL;
    size_t size;
    FILE *own = open_memstream(&headers, &size);
    const struct buf *body = served(own, path);

    fclose(own);
    if (body == NULL)
        fputs("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", to);
    else
        fprintf(to, "HTTP/1.1 200 OK\r\n%sContent-Length: %zu\r\nConnection: close\r\n%s\r\n",
                clock_line, body->size, headers);
    if (body != NULL)
        fwrite(body->data, 1, body->size, to);
    free(headers);
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

static inline void put(const char *name, struct view bytes)
{
    char path[FOLDER_ROOM + 40];
    FILE *file;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    file = fopen(path, "wbe");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(bytes.data, 1, bytes.size, file), bytes.size);
    fclose(file);
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
             "http://127.0.0.1:%u/root.der --kds http://127.0.0.1:%u'\n"
             "fetch() { \"$S\" collateral fetch evidence kept $U \"$@\" >out 2>err; }\n"
             "has() { grep -q -- \"$1\" \"$2\" || { echo \"no '$1' in:\"; cat out err; exit 9; }; "
             "}\n%s",
             folder, here, port, port, port, script);
    ended = system(whole); /* a test may */
    return WIFEXITED(ended) ? WEXITSTATUS(ended) : -1;
}

static bool no_curl(void)
{
    return sh("grep -q 'built without libcurl' \"$S\"") == 0; /* what it would say */
}

#define SKIP_WITHOUT_CURL()                                                                        \
    if (no_curl())                                                                                 \
    TEST_SKIP("secgear was built without libcurl")

#endif
