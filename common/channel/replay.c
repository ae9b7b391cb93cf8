/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "channel/replay.h"

static uint64_t seq_word(uint64_t seq)
{
    return seq / REPLAY_WORD_BITS;
}

static uint64_t seq_bit(uint64_t seq)
{
    return UINT64_C(1) << seq % REPLAY_WORD_BITS;
}

bool replay_fresh(const struct replay *replay, uint64_t seq)
{
    if (seq == UINT64_MAX) /* numbers never wrap, so the last one is never used */
        return false;
    if (seq >= replay->next)
        return true;
    if (replay->next - seq > REPLAY_COUNT)
        return false;
    return (replay->words[seq_word(seq) % REPLAY_WORDS] & seq_bit(seq)) == 0;
}

void replay_record(struct replay *replay, uint64_t seq)
{
    if (seq >= replay->next) {
        /* Words between the old and the new top are reused: clear them, at most all of them. */
        uint64_t old = replay->next > 0 ? seq_word(replay->next - 1) : 0;
        uint64_t skipped = seq_word(seq) - old;

        if (skipped > REPLAY_WORDS)
            skipped = REPLAY_WORDS;
        for (uint64_t i = 0; i < skipped; i++)
            replay->words[(seq_word(seq) - i) % REPLAY_WORDS] = 0;
        replay->next = seq + 1;
    }
    replay->words[seq_word(seq) % REPLAY_WORDS] |= seq_bit(seq);
}
