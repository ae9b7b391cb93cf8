/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "secure_channel_serve.h"
#include "base/detail.h"
#include "base/sink.h"
#include "io/frames.h"
#include "wire/sc2.h"
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    SERVE_CLIENTS_COUNT = 64,
    SERVE_CLIENTS_MAX = 1024,
    SERVE_QUIET_MS = 60 * 1000,
    SERVE_FRAME_MS = 60 * 1000,
    SERVE_HANDSHAKE_MS = 60 * 1000,
    SERVE_HALF_OPEN_MAX = 4, /* handshakes that one connection may have begun and not finished */
};

struct cc_sec_serve {
    cc_sec_serve_opts_t opts;
    int listener, wake;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct client *clients; /* those that are served */
    uint32_t count;
    bool stopping;
    bool any_ended;
    pthread_t ended; /* the last client's thread that has left; it has waited for the one before */
};

struct client {
    struct client *next;
    struct cc_sec_serve *serve;
    struct frames frames;
    cc_sec_chl_conn_ctx_t conn;
    unsigned half_open;
    bool gone;
    struct buf answer;
};

/* --- one client --- */

/* While a handshake is open, or none was ever finished, the client's time runs. */
static void clock_start(struct client *client)
{
    if (client->frames.end_ms == 0)
        client->frames.end_ms = frames_now() + client->serve->opts.handshake_ms;
}

static void handshake_count(struct client *client, enum sc2_type answered)
{
    if (answered == SC2_HELLO_RSP) {
        client->half_open++;
        clock_start(client);
    } else if (answered == SC2_FINISH_RSP && client->half_open > 0 && --client->half_open == 0) {
        client->frames.end_ms = 0;
    }
}

/* The hook: the enclave's answer goes out. What kind it is says how many handshakes are open. */
static int channel_send(void *conn, void *bytes, size_t size)
{
    struct client *client = conn;
    struct sc2_message answer;

    if (sc2_message_decode(view_of(bytes, size), &answer) == CC_SUCCESS)
        handshake_count(client, answer.type);
    client->gone = !frames_send(&client->frames, FRAME_CHANNEL, VIEW_EMPTY, view_of(bytes, size));
    return client->gone ? -1 : 0;
}

static bool channel_take(struct client *client, struct view bytes)
{
    struct sc2_message message;

    if (bytes.size == 0)
        return false;
    if (client->half_open >= SERVE_HALF_OPEN_MAX &&
        sc2_message_decode(bytes, &message) == CC_SUCCESS && message.type == SC2_HELLO) {
        SINK_WARN_ONCE("secure channel: a client began %d handshakes and finished none; it must go "
                       "(said once)",
                       SERVE_HALF_OPEN_MAX);
        return false;
    }
    (void)cc_sec_chl_svr_callback(&client->conn, bytes.data, bytes.size); /* it has answered */
    return !client->gone;
}

static bool record_take(struct client *client, struct view bytes)
{
    struct cc_sec_serve *serve = client->serve;
    struct reader r = reader_over(bytes);
    uint64_t session_id = reader_le64(&r);
    size_t size = client->answer.size;
    uint8_t head[4];
    struct writer w = writer_over(head, sizeof head);
    int status;

    if (r.failed || r.rest.size == 0)
        return false;
    status = serve->opts.record((size_t)session_id, r.rest.data, r.rest.size, client->answer.data,
                                &size, serve->opts.arg);
    if (status == 0 && size > client->answer.size) {
        sink_warn("secure channel: an answer of %zu bytes, at most %d fit", size,
                  CC_SEC_SERVE_RECORD_MAX);
        status = -1;
    }
    writer_le32(&w, (uint32_t)status);
    return frames_send(&client->frames, FRAME_ANSWER, writer_view(&w),
                       view_of(client->answer.data, status == 0 ? size : 0));
}

/* With the lock held; what it was is released. */
static void client_remove(struct client *client)
{
    struct cc_sec_serve *serve = client->serve;
    struct client **place = &serve->clients;

    while (*place != client)
        place = &(*place)->next;
    *place = client->next;
    frames_done(&client->frames); /* with the lock: stop shuts descriptors down */
    buf_free(&client->answer);
    free(client);
    serve->count--; /* last: who waits for 0 releases serve */
    pthread_cond_broadcast(&serve->changed);
}

/*
 * Its thread's last step. Each waits for the one that left before, and stop for the last one: a
 * thread that nobody waits for may still be in this library's code when that is unloaded.
 */
static void client_leave(struct client *client)
{
    struct cc_sec_serve *serve = client->serve;
    pthread_t before = {0};
    bool any;

    pthread_mutex_lock(&serve->lock);
    any = serve->any_ended;
    if (any)
        before = serve->ended;
    serve->any_ended = true;
    serve->ended = pthread_self();
    client_remove(client);
    pthread_mutex_unlock(&serve->lock);
    if (any)
        pthread_join(before, NULL);
}

static void *client_run(void *arg)
{
    struct client *client = arg;
    enum frame_kind kind;
    struct view bytes;
    bool on = buf_alloc(&client->answer, CC_SEC_SERVE_RECORD_MAX);

    while (on && frames_recv(&client->frames, &kind, &bytes))
        on = kind == FRAME_CHANNEL ? channel_take(client, bytes)
                                   : kind == FRAME_RECORD && record_take(client, bytes);
    client_leave(client);
    return NULL;
}

static struct client *client_enter(struct cc_sec_serve *serve, int fd)
{
    struct client *client = calloc(1, sizeof *client);

    if (client == NULL)
        return NULL;
    client->serve = serve;
    client->frames.fd = fd;
    client->frames.frame_ms = serve->opts.frame_ms;
    clock_start(client);
    client->conn.svr_ctx = serve->opts.service;
    client->conn.conn_kit = (cc_conn_kit_t){.send = channel_send, .conn = client};
    pthread_mutex_lock(&serve->lock);
    client->next = serve->clients;
    serve->clients = client;
    serve->count++;
    pthread_mutex_unlock(&serve->lock);
    return client;
}

static void client_take(struct cc_sec_serve *serve, int fd)
{
    struct client *client = NULL;
    pthread_t thread;

    if (frames_limit(fd, serve->opts.quiet_ms))
        client = client_enter(serve, fd);
    if (client == NULL) {
        close(fd);
        return;
    }
    if (pthread_create(&thread, NULL, client_run, client) == 0)
        return;
    pthread_mutex_lock(&serve->lock);
    client_remove(client);
    pthread_mutex_unlock(&serve->lock);
}

/* --- all of them --- */

/* Waits until there is a place for one more client; false: it ends. */
static bool place_wait(struct cc_sec_serve *serve)
{
    bool on;

    pthread_mutex_lock(&serve->lock);
    while (!serve->stopping && serve->count >= serve->opts.clients_max)
        pthread_cond_wait(&serve->changed, &serve->lock);
    on = !serve->stopping;
    pthread_mutex_unlock(&serve->lock);
    return on;
}

static void *serve_run(void *arg)
{
    struct cc_sec_serve *serve = arg;
    struct pollfd fds[] = {{.fd = serve->wake, .events = POLLIN},
                           {.fd = serve->listener, .events = POLLIN}};

    while (place_wait(serve)) {
        int fd;

        if ((poll(fds, 2, -1) < 0 && errno != EINTR) || fds[0].revents != 0)
            break;
        fd = accept4(serve->listener, NULL, NULL, SOCK_CLOEXEC);
        if (fd >= 0) {
            client_take(serve, fd);
        } else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS) {
            /* Nothing to be had until somebody leaves: wait for that, or for the end. */
            fds[1].revents = 0;
            (void)poll(fds, 1, 100);
        }
    }
    return NULL;
}

static bool opts_good(const cc_sec_serve_opts_t *opts)
{
    return opts != NULL && opts->struct_size == sizeof *opts && opts->service != NULL &&
           opts->record != NULL && opts->clients_max <= SERVE_CLIENTS_MAX;
}

static void serve_free(struct cc_sec_serve *serve)
{
    if (serve->listener >= 0)
        close(serve->listener);
    if (serve->wake >= 0)
        close(serve->wake);
    pthread_cond_destroy(&serve->changed);
    pthread_mutex_destroy(&serve->lock);
    free(serve);
}

static cc_enclave_result_t serve_open(struct cc_sec_serve *serve)
{
    const char *host = serve->opts.host != NULL ? serve->opts.host : "127.0.0.1";
    const char *port = serve->opts.port != NULL ? serve->opts.port : "0";

    serve->listener = frames_listen(host, port);
    if (serve->listener < 0)
        return detail_fail(CC_ERROR_SEC_CHL_INVALID_CONN,
                           "secure channel: can not listen at %s, port %s: %s", host, port,
                           strerror(errno));
    serve->wake = eventfd(0, EFD_CLOEXEC);
    if (serve->wake < 0 || pthread_create(&serve->thread, NULL, serve_run, serve) != 0)
        return detail_fail(CC_ERROR_SEC_CHL_MEMORY, "secure channel: no thread to serve with");
    return CC_SUCCESS;
}

CC_API_SPEC cc_enclave_result_t cc_sec_serve_start(const cc_sec_serve_opts_t *opts,
                                                   cc_sec_serve_t **serve)
{
    struct cc_sec_serve *made;
    cc_enclave_result_t rc;

    detail_clear();
    if (serve == NULL || !opts_good(opts))
        return detail_fail(CC_ERROR_BAD_PARAMETERS,
                           "secure channel: service or record is missing, clients_max is above %d, "
                           "or struct_size is not ours",
                           SERVE_CLIENTS_MAX);
    made = calloc(1, sizeof *made);
    if (made == NULL)
        return detail_fail(CC_ERROR_SEC_CHL_MEMORY, "secure channel: out of memory");
    made->opts = *opts;
    made->opts.clients_max = opts->clients_max != 0 ? opts->clients_max : SERVE_CLIENTS_COUNT;
    made->opts.quiet_ms = opts->quiet_ms != 0 ? opts->quiet_ms : SERVE_QUIET_MS;
    made->opts.frame_ms = opts->frame_ms != 0 ? opts->frame_ms : SERVE_FRAME_MS;
    made->opts.handshake_ms = opts->handshake_ms != 0 ? opts->handshake_ms : SERVE_HANDSHAKE_MS;
    made->listener = made->wake = -1;
    pthread_mutex_init(&made->lock, NULL);
    pthread_cond_init(&made->changed, NULL);
    rc = serve_open(made);
    if (rc == CC_SUCCESS)
        *serve = made;
    else
        serve_free(made);
    return rc;
}

CC_API_SPEC int cc_sec_serve_port(const cc_sec_serve_t *serve)
{
    return serve != NULL ? frames_port(serve->listener) : -1;
}

CC_API_SPEC void cc_sec_serve_stop(cc_sec_serve_t *serve)
{
    const uint64_t one = 1;

    if (serve == NULL)
        return;
    pthread_mutex_lock(&serve->lock);
    serve->stopping = true;
    pthread_cond_broadcast(&serve->changed);
    pthread_mutex_unlock(&serve->lock);
    while (write(serve->wake, &one, sizeof one) < 0 && errno == EINTR)
        ;
    pthread_join(serve->thread, NULL); /* takes no more from here on */

    pthread_mutex_lock(&serve->lock);
    for (struct client *c = serve->clients; c != NULL; c = c->next)
        (void)shutdown(c->frames.fd, SHUT_RDWR);
    while (serve->count > 0)
        pthread_cond_wait(&serve->changed, &serve->lock);
    pthread_mutex_unlock(&serve->lock);
    if (serve->any_ended)
        pthread_join(serve->ended, NULL);
    serve_free(serve);
}
