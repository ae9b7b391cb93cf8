/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "cookie.h"

static const char LABEL[] = "sc2 cookie";

bool cookie_make(const struct secret *key, uint64_t now_ms, struct view hello_base,
                 uint8_t ret_cookie[static COOKIE_SIZE])
{
    uint8_t message[sizeof LABEL + 8 + SHA256_SIZE], digest[SHA256_SIZE];
    struct writer w = writer_over(message, sizeof message);
    struct writer head = writer_over(ret_cookie, 8);

    if (!sha256(hello_base, digest))
        return false;
    writer_le64(&head, now_ms);
    writer_put(&w, view_text(LABEL));
    writer_put(&w, writer_view(&head));
    writer_put(&w, VIEW_OF(digest));
    return !w.failed && hmac_sha256(VIEW_OF(key->bytes), writer_view(&w), ret_cookie + 8);
}

bool cookie_good(const struct secret *key, uint64_t now_ms, uint64_t life_ms,
                 struct view hello_base, struct view cookie)
{
    struct reader r = reader_over(cookie);
    uint64_t born_ms = reader_le64(&r);
    uint8_t ours[COOKIE_SIZE];

    return cookie.size == COOKIE_SIZE && cookie_make(key, born_ms, hello_base, ours) &&
           equal_ct(VIEW_OF(ours), cookie) && born_ms <= now_ms && now_ms - born_ms <= life_ms;
}
