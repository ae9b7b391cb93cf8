/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "base/detail.h"
#include "config.h"
#include "support.h"
#include <string.h>

#define XML(body) "<EnclaveConfiguration>" body "</EnclaveConfiguration>"

START_TEST(config_parse_reads_an_xml_file)
{
    static const char TEXT[] = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<!-- one -->\n" XML(
        "\n<ProdID>0x1F</ProdID><ISVSVN> 7 </ISVSVN>\n<StackMaxSize>0x40000</StackMaxSize>"
        "<HeapMaxSize>0x100000</HeapMaxSize><!--\n two --><TCSNum>10</TCSNum>"
        "<TCSPolicy>1</TCSPolicy><DisableDebug>0</DisableDebug><MiscSelect>0</MiscSelect>"
        "<MiscMask>0xFFFFFFFF</MiscMask>"
        "<UUID>f68fd704-6eb1-4d14-b218-722850eb3ef0</UUID>") "\n<!-- end -->\n";
    struct image_manifest m;

    ck_assert_msg(config_parse(view_text(TEXT), "x", &m) == CC_SUCCESS, "%s", detail_get());
    ck_assert_uint_eq(m.prod_id, 31);
    ck_assert_uint_eq(m.svn, 7);
    ck_assert_uint_eq(m.stack_size, 0x40000);
    ck_assert_uint_eq(m.heap_size, 0x100000);
    ck_assert_uint_eq(m.tcs_count, 10);
    ck_assert(m.debug_allowed);
    ck_assert(!m.uuid_derived);
    ck_assert_uint_eq(m.uuid.bytes[0], 0xf6);
    ck_assert_uint_eq(m.shared_size, IMAGE_SHARED_DEFAULT_SIZE);
}
END_TEST

START_TEST(config_parse_reads_a_manifest)
{
    static const char TEXT[] =
        "# comment\r\n\r\ngpd.ta.appID: f68fd704-6eb1-4d14-b218-722850eb3ef0\r\n"
        "gpd.ta.service_name: a name: with colon\n"
        "gpd.ta.singleInstance: true\ngpd.ta.multiSession:false\n"
        "gpd.ta.instanceKeepAlive: false\ngpd.ta.dataSize: 819200\n"
        "gpd.ta.stackSize: 40960\nmem_page_align: true\ndebug: true\n"
        "prodID: 9\nsvn: 65535\ntcsNum: 512\nsharedSize: 0x100000";
    struct image_manifest m;

    ck_assert_msg(config_parse(view_text(TEXT), "x", &m) == CC_SUCCESS, "%s", detail_get());
    ck_assert_uint_eq(m.prod_id, 9);
    ck_assert_uint_eq(m.svn, 65535);
    ck_assert_uint_eq(m.stack_size, 40960);
    ck_assert_uint_eq(m.heap_size, 819200);
    ck_assert_uint_eq(m.tcs_count, 512);
    ck_assert_uint_eq(m.shared_size, 1 << 20);
    ck_assert(m.debug_allowed);
    ck_assert(!m.uuid_derived);
}
END_TEST

START_TEST(config_parse_gives_defaults_for_what_is_not_said)
{
    static const char *const TEXTS[] = {"", "\n# nothing\n", XML("")};

    for (size_t i = 0; i < 3; i++) {
        struct image_manifest m;

        ck_assert_int_eq(config_parse(view_text(TEXTS[i]), "x", &m), CC_SUCCESS);
        ck_assert(m.uuid_derived);
        ck_assert(!m.debug_allowed);
        ck_assert_uint_eq(m.tcs_count, 8);
        ck_assert_uint_eq(m.shared_size, 64 << 20);
    }
}
END_TEST

static const struct {
    const char *text;
    const char *detail;
} BAD[] = {
    {"\n\nsvn", "x:3: \"key: value\""},
    {"svn: 1\nsvn: 1", "x:2: svn: given once"},
    {"svn: 65536", "x:1: svn: a number from 0 to 65535"},
    {"svn: -1", "svn"},
    {"svn: 1 1", "svn"},
    {"svn:", "svn"},
    {"debug: yes", "debug: true or false"},
    {"SVN: 1", "x:1: unknown key \"SVN\""},
    {"gpd.ta.appID: f68fd704-6eb1-4d14-b218-722850eb3ef", "gpd.ta.appID"},
    {"gpd.ta.appID: 00000000-0000-0000-0000-000000000000", "gpd.ta.appID"},
    {"gpd.ta.stackSize: 16383", "x:1: gpd.ta.stackSize: a number from 16384 to 67108864"},
    {"gpd.ta.dataSize: 0x1000000001", "gpd.ta.dataSize"},
    {"tcsNum: 0", "tcsNum"},
    {"sharedSize: 1024", "sharedSize"},
    {"gpd.ta.service_name:", "gpd.ta.service_name"},
    {"<", "x:1: <EnclaveConfiguration>"},
    {"<EnclaveConfiguration>", "x:1: <Key>"},
    {"<EnclaveConfiguration><ProdID>1", "its end tag"},
    {XML("<ProdID>1</ProdId>"), "<ProdID>: its end tag"},
    {XML("\n<ProdID>1</ProdID>\n<ProdID>1</ProdID>"), "x:3: ProdID: given once"},
    {XML("<ProdID x='1'>1</ProdID>"), "without attributes"},
    {XML("<ProdID>&#49;</ProdID>"), "plain text"},
    {XML("<ProdID><!-- --></ProdID>"), "plain text"},
    {XML("<!-- - -- -->"), "\"-->\" expected"},
    {XML("<!-- "), "comment that began in line 1"},
    {XML("\n<HeapMaxsize>1</HeapMaxsize>"), "x:2: unknown key \"HeapMaxsize\""},
    {XML("text"), "<Key> or </EnclaveConfiguration>"},
    {XML("") "x", "nothing expected"},
    {"<!DOCTYPE x>" XML(""), "<EnclaveConfiguration>"},
    {"<?xml " XML(""), "declaration"},
    {XML("<DisableDebug>2</DisableDebug>"), "DisableDebug"},
    {XML("<TCSPolicy>2</TCSPolicy>"), "TCSPolicy"},
    {XML("<TCSNum>513</TCSNum>"), "TCSNum"},
};

START_TEST(config_parse_refuses_each_mistake_with_file_and_line)
{
    struct image_manifest m = {.svn = 0xbeef};

    ck_assert_int_eq(config_parse(view_text(BAD[_i].text), "x", &m), CC_ERROR_BAD_FORMAT);
    ck_assert_msg(strstr(detail_get(), BAD[_i].detail) != NULL, "row %d: %s", _i, detail_get());
    ck_assert_uint_eq(m.svn, 0xbeef);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tools/config");
    TCase *tcase = tcase_of(suite, "config");

    tcase_add_test(tcase, config_parse_reads_an_xml_file);
    tcase_add_test(tcase, config_parse_reads_a_manifest);
    tcase_add_test(tcase, config_parse_gives_defaults_for_what_is_not_said);
    tcase_add_loop_test(tcase, config_parse_refuses_each_mistake_with_file_and_line, 0,
                        (int)(sizeof BAD / sizeof BAD[0]));
    return suite_main(suite);
}
