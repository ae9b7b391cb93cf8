/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "base_value.h"
#include "base/detail.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* The next word of a line; empty: there is none. */
static struct view word_take(struct view *line)
{
    struct view word;

    while (line->size > 0 && is_blank(line->data[0]))
        *line = view_of(line->data + 1, line->size - 1);
    word = view_of(line->data, 0);
    while (word.size < line->size && !is_blank(line->data[word.size]))
        word.size++;
    *line = view_of(line->data + word.size, line->size - word.size);
    return word;
}

static bool hash_take(struct view *line, uint8_t ret_hash[static BASE_VALUE_HASH_SIZE])
{
    struct view word = word_take(line);
    char text[2 * BASE_VALUE_HASH_SIZE + 1] = "";

    if (word.size != sizeof text - 1)
        return false;
    memcpy(text, word.data, word.size);
    return hex_parse(text, ret_hash, BASE_VALUE_HASH_SIZE);
}

static bool line_parse(struct view line, struct base_value *ret_value)
{
    struct base_value value;

    if (!uuid_parse(word_take(&line), &value.uuid) || !hash_take(&line, value.image) ||
        !hash_take(&line, value.memory) || word_take(&line).size > 0)
        return false;
    *ret_value = value;
    return true;
}

static struct view line_take(struct view *text)
{
    const uint8_t *end = text->size > 0 ? memchr(text->data, '\n', text->size) : NULL;
    size_t size = end != NULL ? (size_t)(end - text->data) : text->size;
    struct view line = view_of(text->data, size);

    size += end != NULL;
    *text = view_of(text->data + size, text->size - size);
    return line;
}

cc_enclave_result_t base_value_find(struct view text, const struct uuid *uuid,
                                    struct base_value *ret_value)
{
    struct base_value found, value;
    size_t count = 0;

    for (size_t number = 1; text.size > 0; number++) {
        struct view line = line_take(&text), rest = line;

        if (word_take(&rest).size == 0)
            continue;
        if (!line_parse(line, &value))
            return detail_fail(CC_ERROR_BAD_FORMAT,
                               "base values: line %zu: a UUID and two hashes of 64 hexadecimal "
                               "digits expected",
                               number);
        if (!view_equal(VIEW_OF(value.uuid.bytes), VIEW_OF(uuid->bytes)))
            continue;
        found = value;
        count++;
    }
    if (count != 1)
        return detail_fail(CC_ERROR_BAD_FORMAT,
                           "base values: one line for the report's enclave expected, found %zu",
                           count);
    *ret_value = found;
    return CC_SUCCESS;
}

cc_enclave_result_t base_value_read(const char *path, const struct uuid *uuid,
                                    struct base_value *ret_value)
{
    cc_enclave_result_t rc = CC_ERROR_INVALID_PATH;
    struct buf text = BUF_EMPTY;
    struct stat info;
    ssize_t size = -1;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    if (fd >= 0 && fstat(fd, &info) == 0 && S_ISREG(info.st_mode) &&
        info.st_size <= BASE_VALUES_MAX_SIZE && buf_alloc(&text, (size_t)info.st_size + 1))
        size = read(fd, text.data, text.size);
    if (fd >= 0)
        close(fd);
    if (size < 0 || size > info.st_size)
        rc = detail_fail(CC_ERROR_INVALID_PATH,
                         "base values: %.200s: a file of at most 1 MiB expected", path);
    else
        rc = base_value_find(view_of(text.data, (size_t)size), uuid, ret_value);
    buf_free(&text);
    return rc;
}
