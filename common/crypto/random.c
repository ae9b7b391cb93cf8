/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "crypto/random.h"
#include <limits.h>
#include <openssl/rand.h>
#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#endif

bool random_fill(void *ret_data, size_t size)
{
    uint8_t *at = ret_data;

    for (size_t left = size; left > 0;) {
        int part = left > INT_MAX ? INT_MAX : (int)left;

        if (RAND_bytes(at, part) != 1) {
            wipe(ret_data, size);
            return false;
        }
        at += part;
        left -= (size_t)part;
    }
    return true;
}

#if defined(__x86_64__)
__attribute__((target("rdrnd"))) static size_t cpu_random(uint64_t *ret_words, size_t count)
{
    unsigned a, b, c = 0, d;
    size_t filled = 0;

    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_RDRND))
        return 0;
    for (size_t tries = 0; filled < count && tries < 10 * count; tries++) {
        unsigned long long word;

        if (_rdrand64_step(&word))
            ret_words[filled++] = word;
    }
    return filled;
}
#else
static size_t cpu_random(uint64_t *ret_words, size_t count)
{
    (void)ret_words;
    (void)count;
    return 0;
}
#endif

bool random_reseed(void)
{
    uint64_t words[8] = {0};
    size_t filled = cpu_random(words, sizeof words / sizeof words[0]);

    if (filled > 0) /* mixed in as additional input; no entropy is credited */
        RAND_add(words, (int)(filled * sizeof words[0]), 0);
    wipe(words, sizeof words);
    return RAND_poll() == 1;
}
