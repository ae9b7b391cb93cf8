/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "channel/window.h"

static uint64_t seq_word(uint64_t seq)
{
    return seq / WINDOW_WORD_BITS;
}

static uint64_t seq_bit(uint64_t seq)
{
    return UINT64_C(1) << seq % WINDOW_WORD_BITS;
}

bool window_fresh(const struct window *window, uint64_t seq)
{
    if (seq == UINT64_MAX) /* numbers never wrap, so the last one is never used */
        return false;
    if (seq >= window->next)
        return true;
    if (window->next - seq > WINDOW_COUNT)
        return false;
    return (window->words[seq_word(seq) % WINDOW_WORDS] & seq_bit(seq)) == 0;
}

void window_record(struct window *window, uint64_t seq)
{
    if (seq >= window->next) {
        /* Words between the old and the new top are reused: clear them, at most all of them. */
        uint64_t old = window->next > 0 ? seq_word(window->next - 1) : 0;
        uint64_t skipped = seq_word(seq) - old;

        if (skipped > WINDOW_WORDS)
            skipped = WINDOW_WORDS;
        for (uint64_t i = 0; i < skipped; i++)
            window->words[(seq_word(seq) - i) % WINDOW_WORDS] = 0;
        window->next = seq + 1;
    }
    window->words[seq_word(seq) % WINDOW_WORDS] |= seq_bit(seq);
}
