/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * sc_client: sends a CSV file through the channel to the enclave that a policy names, and checks
 * the statistics that come back against its own.
 *     sc_client PORT POLICY FILE      ends 0: all well, 1: wrong result or lost, 3: enclave refused
 */
#include "common/frame.h"
#include "common/stats.h"
#include "secure_channel_client.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ENCLAVE_UUID "f68fd704-6eb1-4d14-b218-722850eb3ef0"

static cc_sec_chl_ctx_t channel;

/* Sends one message of the handshake and hands the answer back at once: the simplest of hooks. */
static int exchange(void *conn, void *buf, size_t count)
{
    int fd = *(int *)conn;
    enum frame_kind kind;
    uint8_t *bytes;
    long size;
    int result;

    if (frame_send(fd, FRAME_CHANNEL, buf, count) != 0)
        return -1;
    size = frame_recv(fd, &kind, &bytes);
    if (size < 0)
        return -1;
    result = (int)cc_sec_chl_client_callback(&channel, bytes, (size_t)size);
    free(bytes);
    return result;
}

static void hex_print(const char *name, const uint8_t *bytes, size_t size)
{
    printf("  %-10s ", name);
    for (size_t i = 0; i < size; i++)
        printf("%02x", bytes[i]);
    putchar('\n');
}

static void attested_print(void)
{
    static const char *const levels[] = {"debug", "embedded (L1)", "installed (L2)", "system (L3)"};
    cc_sec_chl_attested_t a = {.struct_size = sizeof a};

    if (cc_sec_chl_client_attested(&channel, &a) != CC_SUCCESS)
        return;
    printf("attested:%s\n", a.simulated ? " SIMULATED TEE, no hardware protects this enclave" : "");
    hex_print("uuid", a.uuid, sizeof a.uuid);
    hex_print("MRENCLAVE", a.mrenclave, sizeof a.mrenclave);
    hex_print("MRSIGNER", a.mrsigner, sizeof a.mrsigner);
    printf("  %-10s %s\n", "level", a.level < 4 ? levels[a.level] : "?");
    printf("  %-10s %s\n", "debug", a.debug ? "yes" : "no");
}

static void session_put(uint8_t *bytes)
{
    for (int i = 0; i < 8; i++)
        bytes[i] = (uint8_t)((uint64_t)channel.session_id >> (8 * i));
}

/* One record there, one answer back; its bytes are in *answer. Its size, or -1. */
static long ask(int fd, enum frame_kind kind, uint8_t *bytes, size_t size, uint8_t **answer)
{
    enum frame_kind got;
    long answered;

    session_put(bytes);
    if (frame_send(fd, kind, bytes, size) != 0)
        return -1;
    answered = frame_recv(fd, &got, answer);
    if (answered >= 0 &&
        (got != FRAME_ANSWER || answered < 4 || memcmp(*answer, "\0\0\0", 4) != 0)) {
        free(*answer);
        return -1;
    }
    return answered;
}

static int piece_send(int fd, const uint8_t *plain, size_t size)
{
    static uint8_t bytes[8 + PIECE_SIZE + 64];
    size_t room = sizeof bytes - 8;
    uint8_t *answer;

    if (cc_sec_chl_client_encrypt(&channel, (void *)plain, size, bytes + 8, &room) != CC_SUCCESS ||
        ask(fd, FRAME_PIECE, bytes, 8 + room, &answer) < 0)
        return -1;
    free(answer);
    return 0;
}

static int result_fetch(int fd, struct stats *stats)
{
    uint8_t bytes[8], *answer;
    size_t size = sizeof *stats;
    long answered = ask(fd, FRAME_FINISH, bytes, sizeof bytes, &answer);
    cc_enclave_result_t rc;

    if (answered < 0)
        return -1;
    rc = cc_sec_chl_client_decrypt(&channel, answer + 4, (size_t)answered - 4, stats, &size);
    free(answer);
    return rc == CC_SUCCESS && size == sizeof *stats ? 0 : -1;
}

static void stats_print(const struct stats *stats)
{
    printf("%llu rows, %u columns\n", (unsigned long long)stats->rows, stats->columns);
    printf("  column      count            mean        smallest         largest\n");
    for (uint32_t i = 0; i < stats->columns && i < COLUMNS_MAX; i++) {
        const struct column *c = &stats->column[i];

        printf("  %6u %10llu %15.4f %15.4f %15.4f\n", i + 1, (unsigned long long)c->count,
               c->count > 0 ? c->sum / (double)c->count : 0, c->smallest, c->largest);
    }
}

/* The enclave's result must be ours, to the last bit. */
static int file_send(int fd, FILE *file)
{
    static uint8_t piece[PIECE_SIZE];
    struct stats own, theirs;
    size_t size;

    memset(&own, 0, sizeof own);
    while ((size = fread(piece, 1, sizeof piece, file)) > 0) {
        stats_add(&own, piece, size);
        if (piece_send(fd, piece, size) != 0) {
            fprintf(stderr, "client: a piece was not taken: %s\n", cc_sec_chl_error_detail());
            return 1;
        }
    }
    stats_finish(&own);
    if (result_fetch(fd, &theirs) != 0) {
        fprintf(stderr, "client: no result: %s\n", cc_sec_chl_error_detail());
        return 1;
    }
    stats_print(&theirs);
    if (memcmp(&own, &theirs, sizeof own) != 0) {
        fputs("client: the result is NOT what this program computes itself\n", stderr);
        return 1;
    }
    puts("the result is what the client computes itself");
    return 0;
}

static int run(int fd, const char *policy, FILE *file)
{
    cc_sec_chl_client_opts_t opts = {.struct_size = sizeof opts, .policy_path = policy};
    static char uuid[] = ENCLAVE_UUID;
    cc_enclave_result_t rc;
    int result;

    channel.conn_kit.send = exchange;
    channel.conn_kit.conn = &fd;
    channel.uuid = uuid;
    rc = cc_sec_chl_client_init_ex(CC_SEC_CHL_ALGO_RSA_ECDH_AES_GCM, &channel, &opts);
    if (rc != CC_SUCCESS) {
        printf("client: REFUSED (code %u): %s\n", (unsigned)rc, cc_sec_chl_error_detail());
        return 3;
    }
    attested_print();
    result = file_send(fd, file);
    cc_sec_chl_client_fini(&channel);
    return result;
}

int main(int argc, char **argv)
{
    FILE *file = argc == 4 ? fopen(argv[3], "rb") : NULL;
    int fd, result;

    if (file == NULL) {
        fprintf(stderr, "usage: %s PORT POLICY FILE\n", argv[0]);
        return 2;
    }
    fd = tcp_connect("127.0.0.1", argv[1]);
    if (fd < 0) {
        fprintf(stderr, "client: nobody listens on port %s\n", argv[1]);
        return 1;
    }
    result = run(fd, argv[2], file);
    close(fd);
    fclose(file);
    return result;
}
