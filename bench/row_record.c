/* SPDX-License-Identifier: MulanPSL-2.0 */
/* Sealing records on the client's side against the bare cipher with context and key kept. */
#include "bench.h"
#include "channel.h"
#include "floor/aes_gcm.h"
#include "floor/tls13.h"
#include <link.h>
#include <stdlib.h>
#include <string.h>

enum {
    ROUND_SIZE = 4 << 20,
    MESSAGES_MAX = 25000,
    MESSAGE_ROOM = 64 << 10,
    RECORD_OVERHEAD = 64,
    RECORD_ADDED = 40,
    RING_SIZE = 16 << 10
};

static struct channel channel;
static uint8_t plain[MESSAGE_ROOM] __attribute__((aligned(4096)));
static uint8_t record_room[2048 + MESSAGE_ROOM + RECORD_OVERHEAD] __attribute__((aligned(4096)));
#define record (record_room + 2048)
static size_t message_size;
static unsigned messages;
/*
 * One record behind the other, as whoever sends them lays them out, the floor's as well: a single
 * place is a matter of luck, since a load waits for stores at the same offset of another page.
 */
static struct gcm_places places;

static bool record_start(const struct bench_row *row)
{
    message_size = row->size;
    messages = (unsigned)(ROUND_SIZE / row->size);
    if (messages > MESSAGES_MAX)
        messages = MESSAGES_MAX;
    places.first = record;
    places.step = (message_size + RECORD_ADDED + 63) / 64 * 64;
    places.count = message_size < RING_SIZE ? (unsigned)(RING_SIZE / places.step) : 1;
    return cpu_pin() && gcm_floor_start() && service_start() && channel_open(&channel, 0);
}

#if defined(__x86_64__)
static bool cpu_has_vaes(void)
{
    return __builtin_cpu_supports("vaes") != 0;
}
#else
static bool cpu_has_vaes(void)
{
    return false;
}
#endif

static int mb_look(struct dl_phdr_info *info, size_t size, void *arg)
{
    (void)size;
    (void)arg;
    return strstr(info->dlpi_name, "/libIPSec_MB.so") != NULL;
}

/* What the client library does by intel-ipsec-mb; the goal is for VAES. */
static bool mb_start(const struct bench_row *row)
{
    if (dl_iterate_phdr(mb_look, NULL) == 0)
        return bench_absent("libraries built without WITH_IPSEC_MB=1");
    if (!cpu_has_vaes())
        return bench_absent("this CPU has no VAES");
    return record_start(row);
}

static double record_value(void)
{
    double start = now_s();

    for (unsigned i = 0, at = 0; i < messages; i++) {
        size_t size = message_size + RECORD_ADDED;

        if (cc_sec_chl_client_encrypt(&channel.client, plain, message_size,
                                      places.first + at * places.step, &size) != CC_SUCCESS)
            return -1;
        at = at + 1 < places.count ? at + 1 : 0;
    }
    return (double)message_size * messages / (now_s() - start) / 1e6;
}

static double record_floor(void)
{
    double start = now_s();

    if (!gcm_floor_run(plain, message_size, &places, messages))
        return -1;
    return (double)message_size * messages / (now_s() - start) / 1e6;
}

static void record_stop(void)
{
    channel_close(&channel);
    service_stop();
    gcm_floor_stop();
}

/* --- there and open ------------------------------------------------------------------------------
 */

enum { BATCH_SIZE = 256 << 10 };

static uint8_t *batch; /* as a host that reads a socket straight into shared memory */

static bool roundtrip_start(const struct bench_row *row)
{
    message_size = row->size;
    messages = (unsigned)(ROUND_SIZE / row->size);
    if (messages > MESSAGES_MAX)
        messages = MESSAGES_MAX;
    if (!cpu_pin() || !tls13_records_start() || !service_start() || !channel_open(&channel, 0))
        return false;
    batch = channel_room(BATCH_SIZE);
    return batch != NULL;
}

/* Sealed by the client, handed to the enclave in batches, opened there. */
static double roundtrip_value(void)
{
    size_t each = message_size + RECORD_ADDED, at = 0;
    double start = now_s();

    for (unsigned i = 0; i < messages; i++) {
        size_t size = BATCH_SIZE - at;

        if (cc_sec_chl_client_encrypt(&channel.client, plain, message_size, batch + at, &size) !=
            CC_SUCCESS)
            return -1;
        at += size;
        if (at + each > BATCH_SIZE || i + 1 == messages) {
            if (!channel_records_to_enclave(&channel, batch, at, each))
                return -1;
            at = 0;
        }
    }
    return (double)message_size * messages / (now_s() - start) / 1e6;
}

static double roundtrip_floor(void)
{
    double start = now_s();

    if (!tls13_records_run(plain, message_size, messages))
        return -1;
    return (double)message_size * messages / (now_s() - start) / 1e6;
}

static void roundtrip_stop(void)
{
    channel_close(&channel);
    service_stop();
    tls13_stop();
}

/* --- what no protocol on this cipher can be above ------------------------------------------------
 */

static bool bound_start(const struct bench_row *row)
{
    message_size = row->size;
    messages = (unsigned)(ROUND_SIZE / row->size);
    places.first = record;
    places.count = 1;
    return cpu_pin() && tls13_records_start() && gcm_floor_start();
}

static double bound_value(void)
{
    double start = now_s();

    if (!gcm_floor_open(plain, message_size, &places, messages))
        return -1;
    return (double)message_size * messages / (now_s() - start) / 1e6;
}

static void bound_stop(void)
{
    gcm_floor_stop();
    tls13_stop();
}

#define ROW(id, goal, size)                                                                        \
    {                                                                                              \
        id, "MB/s", goal, "one core", BENCH_MEDIAN, 201, record_start, record_value, record_floor, \
            record_stop, size                                                                      \
    }

#define MB(id, size)                                                                               \
    {                                                                                              \
        id, "MB/s", ">=2.0", "one core", BENCH_MEDIAN, 201, mb_start, record_value, record_floor,  \
            record_stop, size                                                                      \
    }

#define ROUNDTRIP(id, goal, size)                                                                  \
    {                                                                                              \
        id, "MB/s", goal, "one core", BENCH_MEDIAN, 101, roundtrip_start, roundtrip_value,         \
            roundtrip_floor, roundtrip_stop, size                                                  \
    }

const struct bench_row RECORD_ROWS[] = {
    ROW("record.seal.64", ">=0.80", 64),
    ROW("record.seal.1k", ">=0.92", 1024),
    ROW("record.seal.16k", ">=0.97", 16384),
    MB("record.seal.mb.64", 64),
    MB("record.seal.mb.1k", 1024),
    MB("record.seal.mb.16k", 16384),
    ROUNDTRIP("record.roundtrip.64", ">=2.0", 64),
    ROUNDTRIP("record.roundtrip.1k", ">=1.6", 1024),
    ROUNDTRIP("record.roundtrip.16k", ">=1.2", 16384),
    {"record.bound.16k", "MB/s", "", "one core", BENCH_MEDIAN, 101, bound_start, bound_value,
     roundtrip_floor, bound_stop, 16384},
    {.id = NULL},
};
