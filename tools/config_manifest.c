/* SPDX-License-Identifier: MulanPSL-2.0 */
/* manifest.txt: one "key: value" each line, empty lines, and comments after '#' at a line's start.
 */
#include "config.h"
#include <string.h>

static const struct config_key KEYS[] = {
    {"gpd.ta.appID", CONFIG_UUID, 0, 0},
    {"gpd.ta.service_name", CONFIG_IGNORED_TEXT, 0, 0},
    {"gpd.ta.singleInstance", CONFIG_IGNORED_BOOL, 0, 0},
    {"gpd.ta.multiSession", CONFIG_IGNORED_BOOL, 0, 0},
    {"gpd.ta.instanceKeepAlive", CONFIG_IGNORED_BOOL, 0, 0},
    {"gpd.ta.dataSize", CONFIG_HEAP_SIZE, 0, IMAGE_HEAP_MAX_SIZE},
    {"gpd.ta.stackSize", CONFIG_STACK_SIZE, IMAGE_STACK_MIN_SIZE, IMAGE_STACK_MAX_SIZE},
    {"gpd.ta.mem_page_align", CONFIG_IGNORED_BOOL, 0, 0},
    {"mem_page_align", CONFIG_IGNORED_BOOL, 0, 0},
    {"debug", CONFIG_DEBUG, 0, 0},
    {"prodID", CONFIG_PROD_ID, 0, UINT16_MAX},
    {"svn", CONFIG_SVN, 0, UINT16_MAX},
    {"tcsNum", CONFIG_TCS_COUNT, 1, IMAGE_TCS_MAX_COUNT},
    {"sharedSize", CONFIG_SHARED_SIZE, IMAGE_SHARED_MIN_SIZE, IMAGE_SHARED_MAX_SIZE},
};

static struct view line_take(struct reader *r)
{
    const uint8_t *end = memchr(r->rest.data, '\n', r->rest.size);
    size_t size = end != NULL ? (size_t)(end - r->rest.data) : r->rest.size;
    struct view line = reader_take(r, size);

    if (end != NULL)
        reader_take(r, 1);
    return line;
}

static cc_enclave_result_t line_parse(struct config *config, struct view line)
{
    const uint8_t *colon;

    line = config_trim(line);
    if (line.size == 0 || line.data[0] == '#')
        return CC_SUCCESS;
    colon = memchr(line.data, ':', line.size);
    if (colon == NULL)
        return config_fail(config, "\"key: value\" expected, found no colon");
    return config_set(config, KEYS, sizeof KEYS / sizeof KEYS[0],
                      config_trim(view_of(line.data, (size_t)(colon - line.data))),
                      config_trim(view_of(colon + 1, (size_t)(line.data + line.size - colon) - 1)));
}

cc_enclave_result_t config_manifest_parse(struct config *config)
{
    for (; config->rest.rest.size > 0; config->line++) {
        cc_enclave_result_t rc = line_parse(config, line_take(&config->rest));

        if (rc != CC_SUCCESS)
            return rc;
    }
    return CC_SUCCESS;
}
