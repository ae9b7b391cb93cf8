/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * A file of 1 GiB from a client over loopback through the host into the enclave, which opens each
 * record, against the same file through `openssl s_client` and `s_server`. The row fails when this
 * process, client and host in one, grows by more than MEMORY_MAX_KIB.
 */
#include "bench.h"
#include "channel.h"
#include "floor/spawn.h"
#include "secure_channel_serve.h"
#include "secure_channel_stream.h"
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { READ_SIZE = 2 << 20, MEMORY_MAX_KIB = 32 << 10, PORT_ROOM = 16 };

static const size_t FILE_SIZE = (size_t)1 << 30;
static char folder[] = "/tmp/secgear-bench-XXXXXX";
static char file[64], cert[64], key[64], quiet[64];
static cc_sec_serve_t *serve;
static cc_sec_stream_t *stream;
static cc_sec_chl_client_opts_t options;
static uint8_t room[READ_SIZE];

static int run(const char *const argv[], int output)
{
    pid_t child = spawn_program(argv, output);
    int status = -1;

    return child > 0 && waitpid(child, &status, 0) == child ? status : -1;
}

static bool cert_make(void)
{
    const char *const argv[] = {"/bin/sh",
                                "-c",
                                "exec /usr/bin/openssl req -x509 -newkey ec -pkeyopt "
                                "ec_paramgen_curve:P-256 -nodes -subj /CN=f -keyout \"$1\" "
                                "-out \"$2\" 2>/dev/null",
                                "sh",
                                key,
                                cert,
                                NULL};

    return run(argv, -1) == 0;
}

static bool places_make(void)
{
    int fd;
    bool good;

    if (mkdtemp(folder) == NULL)
        return false;
    snprintf(file, sizeof file, "%s/file", folder);
    snprintf(cert, sizeof cert, "%s/cert", folder);
    snprintf(key, sizeof key, "%s/key", folder);
    snprintf(quiet, sizeof quiet, "%s/quiet", folder);
    fd = open(file, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    good = fd >= 0 && ftruncate(fd, (off_t)FILE_SIZE) == 0 && mkfifo(quiet, 0600) == 0;
    if (fd >= 0)
        close(fd);
    return good && cert_make();
}

static int record_take(size_t session_id, const uint8_t *record, size_t size, uint8_t *answer,
                       size_t *answer_size, void *arg)
{
    (void)answer;
    (void)arg;
    *answer_size = 0;
    return channel_record_to_enclave(session_id, record, size);
}

static bool file_start(const struct bench_row *row)
{
    cc_sec_serve_opts_t with = {.struct_size = sizeof with, .record = record_take};
    cc_sec_stream_opts_t to = {.struct_size = sizeof to, .host = "127.0.0.1", .channel = &options};
    char port[PORT_ROOM];

    (void)row;
    if (access("/usr/bin/openssl", X_OK) != 0)
        return bench_absent("no /usr/bin/openssl");
    options.struct_size = sizeof options;
    options.policy_path = bench_policy();
    if (!places_make() || !service_start())
        return false;
    with.service = channel_service();
    to.uuid = channel_uuid();
    if (cc_sec_serve_start(&with, &serve) != CC_SUCCESS)
        return false;
    snprintf(port, sizeof port, "%d", cc_sec_serve_port(serve));
    to.port = port;
    return cc_sec_stream_open(&to, &stream) == CC_SUCCESS;
}

static long peak_kib(void)
{
    struct rusage used;

    return getrusage(RUSAGE_SELF, &used) == 0 ? used.ru_maxrss : 0;
}

static double file_value(void)
{
    double start = now_s(), took;
    int fd = open(file, O_RDONLY | O_CLOEXEC);
    long before = peak_kib();
    size_t sent = 0;
    ssize_t size;

    while ((size = read(fd, room, sizeof room)) > 0) {
        if (cc_sec_stream_send(stream, room, (size_t)size) != CC_SUCCESS) {
            bench_say(cc_sec_chl_error_detail());
            break;
        }
        sent += (size_t)size;
    }
    took = now_s() - start;
    close(fd);
    if (sent != FILE_SIZE || peak_kib() - before > MEMORY_MAX_KIB)
        return -1;
    return (double)FILE_SIZE / took / 1e6;
}

/*
 * s_server says where it listens; then all that comes goes to its output. It ends when its own
 * input does, which therefore is a pipe that nobody writes to.
 */
static pid_t server_start(char ret_port[static PORT_ROOM], FILE **ret_said)
{
    const char *const argv[] = {"/bin/sh",
                                "-c",
                                "exec /usr/bin/openssl s_server -accept 127.0.0.1:0 -cert \"$1\" "
                                "-key \"$2\" -tls1_3 -ciphersuites TLS_AES_256_GCM_SHA384 "
                                "-naccept 1 <>\"$3\" 2>/dev/null",
                                "sh",
                                cert,
                                key,
                                quiet,
                                NULL};
    int ends[2];
    char line[256], *colon;
    pid_t pid;

    if (pipe2(ends, O_CLOEXEC) != 0)
        return -1;
    pid = spawn_program(argv, ends[1]);
    close(ends[1]);
    *ret_said = fdopen(ends[0], "r");
    while (*ret_said != NULL && fgets(line, sizeof line, *ret_said) != NULL) {
        colon = strrchr(line, ':');
        if (strncmp(line, "ACCEPT", 6) == 0 && colon != NULL) {
            snprintf(ret_port, PORT_ROOM, "%d", atoi(colon + 1));
            return pid;
        }
    }
    return -1;
}

static pid_t client_start(const char *port)
{
    char where[32];
    const char *const argv[] = {
        "/bin/sh",
        "-c",
        "exec /usr/bin/openssl s_client -connect \"$1\" -tls1_3 -nocommands "
        "<\"$2\" >/dev/null 2>&1",
        "sh",
        where,
        file,
        NULL};

    snprintf(where, sizeof where, "127.0.0.1:%s", port);
    return spawn_program(argv, -1);
}

/* All that the server writes is read here, so that its end is the end of the file. */
static double file_floor(void)
{
    double start, took;
    char port[PORT_ROOM];
    FILE *said = NULL;
    size_t got = 0, size;
    pid_t server = server_start(port, &said), client = -1;
    int status = -1;

    start = now_s();
    if (server > 0)
        client = client_start(port);
    while (client > 0 && (size = fread(room, 1, sizeof room, said)) > 0)
        got += size;
    took = now_s() - start;
    if (said != NULL)
        fclose(said);
    if (client > 0)
        waitpid(client, &status, 0);
    if (server > 0)
        waitpid(server, &status, 0);
    return got >= FILE_SIZE ? (double)FILE_SIZE / took / 1e6 : -1;
}

static void file_stop(void)
{
    cc_sec_stream_close(stream);
    cc_sec_serve_stop(serve);
    service_stop();
    unlink(file);
    unlink(cert);
    unlink(key);
    unlink(quiet);
    rmdir(folder);
}

const struct bench_row FILE_ROWS[] = {
    {"channel.file.1g", "MB/s", ">=1.0", "two cores", BENCH_MEDIAN, 3, file_start, file_value,
     file_floor, file_stop, 0},
    {.id = NULL},
};
