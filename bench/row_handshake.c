/* SPDX-License-Identifier: MulanPSL-2.0 */
/* Handshakes through client library, relay, enclave and device, against OpenSSL's TLS 1.3. What is
 * opened is closed outside the measured time, on both sides. */
#include "bench.h"
#include "channel.h"
#include "floor/tls13.h"

enum { HANDSHAKES = 100, FLOOR_HANDSHAKES = 50 };

static struct channel channels[HANDSHAKES];

static bool handshake_start(const struct bench_row *row)
{
    (void)row;
    return cpu_pin() && tls13_start(false) && service_start();
}

static bool mutual_start(const struct bench_row *row)
{
    (void)row;
    return cpu_pin() && tls13_start(true) && service_start();
}

static bool open_known(struct channel *channel)
{
    return channel_open(channel, 0);
}

static bool open_cold(struct channel *channel)
{
    return channel_open(channel, CC_SEC_CHL_OPT_VERIFY_CHAIN);
}

static double handshakes(bool (*open)(struct channel *channel))
{
    double start = now_s(), took;
    unsigned opened = 0;

    while (opened < HANDSHAKES && open(&channels[opened]))
        opened++;
    took = now_s() - start;
    for (unsigned i = 0; i < opened; i++)
        channel_close(&channels[i]);
    return opened == HANDSHAKES ? HANDSHAKES / took : -1;
}

static double known_value(void)
{
    return handshakes(open_known);
}

static double cold_value(void)
{
    return handshakes(open_cold);
}

static double mutual_value(void)
{
    return handshakes(channel_open_mutual);
}

static double tls_floor(void)
{
    return tls13_per_second(FLOOR_HANDSHAKES);
}

static void handshake_stop(void)
{
    service_stop();
    tls13_stop();
}

const struct bench_row HANDSHAKE_ROWS[] = {
    {"channel.handshake.oneway", "1/s", ">=2.0", "one core", BENCH_MEDIAN, 31, handshake_start,
     known_value, tls_floor, handshake_stop, 0},
    {"channel.handshake.oneway.cold", "1/s", ">=1.0", "one core", BENCH_MEDIAN, 31, handshake_start,
     cold_value, tls_floor, handshake_stop, 0},
    {"channel.handshake.mutual", "1/s", ">=2.0", "one core", BENCH_MEDIAN, 31, mutual_start,
     mutual_value, tls_floor, handshake_stop, 0},
    {.id = NULL},
};
