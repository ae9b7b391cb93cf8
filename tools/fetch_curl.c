/* SPDX-License-Identifier: MulanPSL-2.0 */
/* fetch_curl.c - fetch.h by libcurl. Layer: tools. Threads: one. */
#include "base/detail.h"
#include "fetch.h"
#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

enum { WAIT_MAX_S = 1000000000 }; /* more is as good as never */

struct transfer {
    const char *header; /* wanted; NULL: none */
    struct fetched *to;
    struct writer body;
};

static size_t on_body(char *data, size_t size, size_t count, void *arg)
{
    struct transfer *t = arg;

    (void)size; /* always 1 */
    writer_put(&t->body, view_of(data, count));
    return t->body.failed ? 0 : count; /* 0 ends the transfer */
}

/* What stands behind "name:" without blanks and end of line; empty: another header. */
static struct view value_of(struct view line, const char *name)
{
    size_t size = strlen(name);

    if (line.size <= size || line.data[size] != ':' ||
        strncasecmp((const char *)line.data, name, size) != 0)
        return VIEW_EMPTY;
    line = view_of(line.data + size + 1, line.size - size - 1);
    while (line.size > 0 && line.data[0] == ' ')
        line = view_of(line.data + 1, line.size - 1);
    while (line.size > 0 && (line.data[line.size - 1] == '\r' || line.data[line.size - 1] == '\n'))
        line.size--;
    return line;
}

static int digit_of(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* %XX undone; "" when it does not fit or is malformed. */
static void header_take(struct view value, char ret_text[static FETCH_HEADER_ROOM])
{
    struct reader r = reader_over(value);
    struct writer w = writer_over(ret_text, FETCH_HEADER_ROOM - 1);
    bool good = true;

    while (good && r.rest.size > 0) {
        uint8_t c = reader_u8(&r);

        if (c == '%') {
            int high = digit_of(reader_u8(&r)), low = digit_of(reader_u8(&r));

            good = high >= 0 && low >= 0;
            c = (uint8_t)(good ? high << 4 | low : 0);
        }
        good = good && c != 0;
        writer_u8(&w, c);
    }
    ret_text[good && !w.failed && !r.failed ? w.size : 0] = '\0';
}

/* Seconds, or a date (RFC 9110, 10.2.3); what is neither counts as if it were not there. */
static void wait_take(struct view value, struct fetched *to)
{
    uint64_t seconds = 0;
    char text[64];
    size_t digits = 0;
    time_t date, now = time(NULL);

    if (value.size == 0 || value.size >= sizeof text)
        return;
    memcpy(text, value.data, value.size);
    text[value.size] = '\0';
    while (digits < value.size && text[digits] >= '0' && text[digits] <= '9') {
        seconds = seconds > WAIT_MAX_S ? seconds : seconds * 10 + (uint64_t)(text[digits] - '0');
        digits++;
    }
    date = digits < value.size ? curl_getdate(text, NULL) : -1;
    if (digits < value.size && date < 0)
        return;
    to->says_wait = true;
    if (digits == value.size)
        to->wait_s = seconds;
    else
        to->wait_s = date > now ? (uint64_t)(date - now) : 0;
}

static size_t on_header(char *data, size_t size, size_t count, void *arg)
{
    struct transfer *t = arg;
    struct view line = view_of(data, count), value;

    (void)size;
    value = t->header != NULL ? value_of(line, t->header) : VIEW_EMPTY;
    if (value.size > 0)
        header_take(value, t->to->header);
    wait_take(value_of(line, "Retry-After"), t->to);
    value = value_of(line, "Date");
    if (value.size > 0 && value.size < 64) {
        char text[64] = "";
        time_t date;

        memcpy(text, value.data, value.size);
        date = curl_getdate(text, NULL);
        t->to->date_s = date > 0 ? (uint64_t)date : 0;
    }
    return count;
}

static enum fetch_step step_of(CURLcode code)
{
    switch (code) {
    case CURLE_OK:
        return FETCH_ANSWERED;
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
        return FETCH_URL;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
        return FETCH_DNS;
    case CURLE_COULDNT_CONNECT:
        return FETCH_CONNECT;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
        return FETCH_TLS;
    default:
        return FETCH_TRANSFER;
    }
}

static void options_set(CURL *curl, const char *url, struct transfer *t)
{
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https,http");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)FETCH_TIMEOUT_S);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_MAXFILESIZE, (long)FETCH_MAX_SIZE);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "secgear/" SECGEAR_VERSION);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, t);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, t);
}

bool fetch_get(const char *url, const char *header, struct fetched *ret)
{
    struct transfer t = {.header = header, .to = ret};
    CURL *curl = curl_easy_init();
    CURLcode code = CURLE_OUT_OF_MEMORY;

    memset(ret, 0, sizeof *ret);
    if (curl != NULL && buf_alloc(&ret->body, FETCH_MAX_SIZE)) {
        t.body = writer_over(ret->body.data, ret->body.size);
        options_set(curl, url, &t);
        code = curl_easy_perform(curl);
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &ret->status);
        ret->body.size = t.body.size;
    }
    ret->step = step_of(code);
    strncpy(ret->why, t.body.failed ? "more than 1 MiB" : curl_easy_strerror(code),
            sizeof ret->why - 1);
    if (curl != NULL)
        curl_easy_cleanup(curl);
    return true;
}

const char *fetch_version(void)
{
    return curl_version();
}

void fetched_free(struct fetched *fetched)
{
    buf_free(&fetched->body);
}
