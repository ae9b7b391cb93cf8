/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "verify/intel_tcb.h"
#include "base/text.h"
#include <stdio.h>
#include <string.h>

enum { TCB_MODULE_SVN = 0, TCB_MODULE_VERSION = 1, MASKED_MAX_SIZE = 48 };

static const char *const NAMES[] = {"UpToDate",
                                    "SWHardeningNeeded",
                                    "ConfigurationNeeded",
                                    "ConfigurationAndSWHardeningNeeded",
                                    "OutOfDate",
                                    "OutOfDateConfigurationNeeded",
                                    "Revoked"};

const char *tcb_status_name(enum tcb_status status)
{
    return status < TCB_NONE ? NAMES[status] : "none";
}

static enum tcb_status status_read(const json_t *level)
{
    const char *text = json_string_value(json_object_get(level, "tcbStatus"));

    for (unsigned s = TCB_UP_TO_DATE; text != NULL && s < TCB_NONE; s++)
        if (strcmp(text, NAMES[s]) == 0)
            return (enum tcb_status)s;
    return TCB_NONE;
}

/* Intel's rule: an old part makes an up-to-date platform old, and keeps what is said of its
 * configuration; a revoked part revokes. */
enum tcb_status tcb_status_merge(enum tcb_status platform, enum tcb_status other)
{
    if (platform == TCB_NONE || other == TCB_NONE)
        return TCB_NONE;
    if (platform == TCB_REVOKED || other == TCB_REVOKED)
        return TCB_REVOKED;
    if (other != TCB_OUT_OF_DATE && other != TCB_OUT_OF_DATE_CONFIGURATION)
        return platform;
    if (platform == TCB_UP_TO_DATE || platform == TCB_SW_HARDENING)
        return TCB_OUT_OF_DATE;
    if (platform == TCB_CONFIGURATION || platform == TCB_CONFIGURATION_AND_SW)
        return TCB_OUT_OF_DATE_CONFIGURATION;
    return platform;
}

static void blanks_skip(struct reader *r)
{
    while (r->rest.size > 0 && (r->rest.data[0] == ' ' || r->rest.data[0] == '\t' ||
                                r->rest.data[0] == '\n' || r->rest.data[0] == '\r'))
        reader_u8(r);
}

/* What is between the quotes; the document was parsed before, so that it ends. */
static struct view string_skip(struct reader *r)
{
    struct view text;
    uint8_t c;

    reader_u8(r);
    text = r->rest;
    while (!r->failed && (c = reader_u8(r)) != '"')
        if (c == '\\')
            reader_u8(r);
    text.size = r->failed ? 0 : text.size - r->rest.size - 1;
    return text;
}

/* One value: up to the comma or brace that ends it on this level. */
static struct view value_skip(struct reader *r)
{
    struct view value;
    size_t depth = 0;

    blanks_skip(r);
    value = r->rest;
    while (!r->failed && r->rest.size > 0) {
        uint8_t c = r->rest.data[0];

        if (c == '"') {
            string_skip(r);
            continue;
        }
        if (depth == 0 && (c == ',' || c == '}'))
            break;
        if (c == '{' || c == '[')
            depth++;
        if (c == '}' || c == ']')
            depth--;
        reader_u8(r);
    }
    value.size -= r->rest.size;
    while (value.size > 0 &&
           (value.data[value.size - 1] == ' ' || value.data[value.size - 1] == '\n' ||
            value.data[value.size - 1] == '\r' || value.data[value.size - 1] == '\t'))
        value.size--;
    return value;
}

bool json_member_raw(struct view document, const char *member, struct view *ret_raw)
{
    struct reader r = reader_over(document);

    blanks_skip(&r);
    if (reader_u8(&r) != '{')
        return false;
    while (!r.failed) {
        struct view name, value;

        blanks_skip(&r);
        if (r.rest.size == 0 || r.rest.data[0] != '"')
            return false;
        name = string_skip(&r);
        blanks_skip(&r);
        if (reader_u8(&r) != ':')
            return false;
        value = value_skip(&r);
        if (r.failed)
            return false;
        if (view_equal(name, view_text(member))) {
            *ret_raw = value;
            return true;
        }
        if (reader_u8(&r) != ',')
            return false;
    }
    return false;
}

static bool doc_signature_check(const struct judge *j, const char *member, json_t *outer,
                                struct view raw, const struct pubkey *signer)
{
    const char *text = json_string_value(json_object_get(outer, "signature"));
    uint8_t signature[64];

    if (text == NULL || !hex_parse(text, signature, sizeof signature))
        return FAIL(j->sink, "collateral_format", "collateral_format: %s has no signature", member);
    return pubkey_verify_raw(signer, SIG_ECDSA_SHA256, raw, VIEW_OF(signature)) ||
           FAIL(j->sink, "signature", "signature: that of %s is not its issuer's", member);
}

static bool doc_dates_check(const struct judge *j, const char *member, const json_t *doc)
{
    const char *issued = json_string_value(json_object_get(doc, "issueDate"));
    const char *next = json_string_value(json_object_get(doc, "nextUpdate"));
    uint64_t issued_s, next_s;

    if (issued == NULL || next == NULL || !time_parse(view_text(issued), &issued_s) ||
        !time_parse(view_text(next), &next_s))
        return FAIL(j->sink, "collateral_format", "collateral_format: %s has no dates", member);
    window_from(j, issued_s);
    if (j->request->input->now_s < issued_s)
        return FAIL(j->sink, "dates", "dates: %s is valid from %s", member, issued);
    return end_check(j, member, next_s);
}

json_t *intel_doc_read(const struct judge *j, const char *member, struct view response,
                       const struct pubkey *signer)
{
    json_t *outer = NULL, *doc = NULL;
    struct view raw;
    bool good;

    if (response.size <= INTEL_DOC_MAX_SIZE)
        outer =
            json_loadb((const char *)response.data, response.size, JSON_REJECT_DUPLICATES, NULL);
    /* What is signed is what is read: the bytes of the member, parsed on their own. */
    if (outer != NULL && json_member_raw(response, member, &raw))
        doc = json_loadb((const char *)raw.data, raw.size, JSON_REJECT_DUPLICATES, NULL);
    if (doc == NULL)
        good = FAIL(j->sink, "collateral_format", "collateral_format: no %s in a JSON document",
                    member);
    else
        good =
            doc_signature_check(j, member, outer, raw, signer) && doc_dates_check(j, member, doc);
    json_decref(outer);
    if (good)
        return doc;
    json_decref(doc);
    return NULL;
}

/* -1: no such number from 0 to 65535. */
static int number_get(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);

    if (!json_is_integer(value) || json_integer_value(value) < 0 ||
        json_integer_value(value) > UINT16_MAX)
        return -1;
    return (int)json_integer_value(value);
}

static bool hex_is(const json_t *object, const char *key, struct view want)
{
    const char *text = json_string_value(json_object_get(object, key));
    uint8_t bytes[MASKED_MAX_SIZE];

    return text != NULL && want.size <= sizeof bytes && hex_parse(text, bytes, want.size) &&
           view_equal(view_of(bytes, want.size), want);
}

/* found & mask == value, all as long as found. */
static bool masked_is(const json_t *object, const char *key, const char *mask_key,
                      struct view found)
{
    const char *value_text = json_string_value(json_object_get(object, key));
    const char *mask_text = json_string_value(json_object_get(object, mask_key));
    uint8_t value[MASKED_MAX_SIZE], mask[MASKED_MAX_SIZE];

    if (value_text == NULL || mask_text == NULL || found.size > sizeof value ||
        !hex_parse(value_text, value, found.size) || !hex_parse(mask_text, mask, found.size))
        return false;
    for (size_t i = 0; i < found.size; i++)
        if ((found.data[i] & mask[i]) != (value[i] & mask[i]))
            return false;
    return true;
}

/* Component i of a level, in either shape: version 2 numbers its members, 3 has a list. */
static int component_get(const json_t *tcb, const char *list, size_t i)
{
    const json_t *components = json_object_get(tcb, list);
    char key[24];

    if (components != NULL)
        return number_get(json_array_get(components, i), "svn");
    snprintf(key, sizeof key, "sgxtcbcomp%02zusvn", i + 1);
    return number_get(tcb, key);
}

static bool components_reach(const json_t *tcb, const char *list, const uint8_t *found,
                             size_t first)
{
    for (size_t i = first; i < TCB_COMPONENTS; i++) {
        int wanted = component_get(tcb, list, i);

        if (wanted < 0 || found[i] < wanted)
            return false;
    }
    return true;
}

static bool level_matches(const json_t *level, const struct dcap_quote *q,
                          const struct pck_info *pck)
{
    const json_t *tcb = json_object_get(level, "tcb");
    int pce_svn = number_get(tcb, "pcesvn");

    if (pce_svn < 0 || pck->pce_svn < pce_svn ||
        !components_reach(tcb, "sgxtcbcomponents", pck->components, 0))
        return false;
    if (q->body_type == DCAP_SGX)
        return true;
    /* With a versioned module, its own identity judges the first two components. */
    return json_object_get(tcb, "tdxtcbcomponents") != NULL &&
           components_reach(tcb, "tdxtcbcomponents", q->td.tee_tcb_svn.data,
                            q->td.tee_tcb_svn.data[TCB_MODULE_VERSION] > 0 ? 2 : 0);
}

/* Levels stand in descending order: the first that svn reaches. */
static const json_t *svn_level_find(const json_t *levels, unsigned svn)
{
    for (size_t i = 0; i < json_array_size(levels); i++) {
        const json_t *level = json_array_get(levels, i);
        int wanted = number_get(json_object_get(level, "tcb"), "isvsvn");

        if (wanted >= 0 && svn >= (unsigned)wanted)
            return level;
    }
    return NULL;
}

static void advisories_say(const struct judge *j, const json_t *level)
{
    const json_t *list = json_object_get(level, "advisoryIDs");

    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *name = json_string_value(json_array_get(list, i));

        if (name != NULL)
            claim_text(j->sink, "advisory", view_text(name));
    }
}

/* The status of a level, its date and advisories said; TCB_NONE after a reason. */
static enum tcb_status level_say(const struct judge *j, const char *what, const json_t *level)
{
    enum tcb_status status = status_read(level);
    const char *date = json_string_value(json_object_get(level, "tcbDate"));
    char name[32];

    if (level == NULL || status == TCB_NONE) {
        BROKEN(j->sink, "tcb_level",
               "tcb_level: a level that the %s reaches expected, found none: "
               "it is older than all that Intel knows, or of another kind",
               what);
        return TCB_NONE;
    }
    snprintf(name, sizeof name, "%s.tcb_status", what);
    claim_text(j->sink, name, view_text(tcb_status_name(status)));
    snprintf(name, sizeof name, "%s.tcb_date", what);
    if (date != NULL)
        claim_text(j->sink, name, view_text(date));
    advisories_say(j, level);
    return status;
}

static bool info_is_for(const struct judge *j, const struct dcap_quote *q,
                        const struct pck_info *pck, const json_t *info)
{
    int version = number_get(info, "version");
    const char *id = json_string_value(json_object_get(info, "id"));
    const char *want = q->body_type == DCAP_SGX ? "SGX" : "TDX";

    if (version != 2 && version != 3)
        return FAIL(j->sink, "collateral_format",
                    "collateral_format: TCB info of version 2 or 3 expected, found %d", version);
    if (number_get(info, "tcbType") != 0)
        return FAIL(j->sink, "collateral_format",
                    "collateral_format: TCB info of type 0 expected: of others nobody knows how "
                    "levels are compared");
    /* Version 2 knows SGX only and names no kind. */
    if (version == 2 ? q->body_type != DCAP_SGX : id == NULL || strcmp(id, want) != 0)
        return FAIL(j->sink, "tcb_info", "tcb_info: TCB info for %s expected, found %.20s", want,
                    id != NULL ? id : "SGX");
    if (!hex_is(info, "fmspc", pck->fmspc) || !hex_is(info, "pceId", pck->pceid))
        return FAIL(j->sink, "fmspc", "fmspc: the TCB info is of another platform (FMSPC, PCE)");
    return true;
}

static enum tcb_status platform_judge(const struct judge *j, const struct dcap_quote *q,
                                      const struct pck_info *pck, const json_t *info)
{
    const json_t *levels = json_object_get(info, "tcbLevels");
    const json_t *found = NULL;

    for (size_t i = 0; found == NULL && i < json_array_size(levels); i++)
        if (level_matches(json_array_get(levels, i), q, pck))
            found = json_array_get(levels, i);
    return level_say(j, "platform", found);
}

static const json_t *module_identity_find(const json_t *info, unsigned version)
{
    const json_t *list = json_object_get(info, "tdxModuleIdentities");
    char want[16];

    snprintf(want, sizeof want, "TDX_%02X", version);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *one = json_array_get(list, i);
        const char *id = json_string_value(json_object_get(one, "id"));

        if (id != NULL && strcmp(id, want) == 0)
            return one;
    }
    return NULL;
}

/* The TDX module: who signed it, its attributes and, from version 1 on, its level. */
static enum tcb_status module_judge(const struct judge *j, const struct dcap_quote *q,
                                    const json_t *info)
{
    const uint8_t *svn = q->td.tee_tcb_svn.data;
    unsigned version = svn[TCB_MODULE_VERSION];
    const json_t *identity =
        version > 0 ? module_identity_find(info, version) : json_object_get(info, "tdxModule");

    claim_number(j->sink, "tdx_module.version", version);
    if (identity == NULL) {
        BROKEN(j->sink, "tdx_module", "tdx_module: an identity of version %u expected, found none",
               version);
        return TCB_NONE;
    }
    if (!hex_is(identity, "mrsigner", q->td.mrsigner_seam) ||
        !masked_is(identity, "attributes", "attributesMask", q->td.seam_attributes)) {
        BROKEN(j->sink, "tdx_module", "tdx_module: one of Intel's signer and attributes expected");
        return TCB_NONE;
    }
    if (version == 0)
        return TCB_UP_TO_DATE; /* its level is among the platform's */
    return level_say(j, "tdx_module",
                     svn_level_find(json_object_get(identity, "tcbLevels"), svn[TCB_MODULE_SVN]));
}

static enum tcb_status qe_judge(const struct judge *j, const struct dcap_quote *q,
                                const json_t *identity)
{
    const char *want = q->body_type == DCAP_SGX ? "QE" : "TD_QE";
    const char *id = json_string_value(json_object_get(identity, "id"));
    uint8_t misc[4];
    struct writer w = writer_over(misc, sizeof misc);

    writer_le32(&w, q->qe.misc_select);
    if (id == NULL || strcmp(id, want) != 0 || number_get(identity, "version") != 2) {
        BROKEN(j->sink, "qe_identity", "qe_identity: that of %s, version 2, expected, found %.20s",
               want, id != NULL ? id : "none");
        return TCB_NONE;
    }
    if (!hex_is(identity, "mrsigner", q->qe.mrsigner) ||
        number_get(identity, "isvprodid") != q->qe.prod_id ||
        !masked_is(identity, "miscselect", "miscselectMask", VIEW_OF(misc)) ||
        !masked_is(identity, "attributes", "attributesMask", q->qe.attributes)) {
        BROKEN(j->sink, "qe_identity",
               "qe_identity: Intel's quoting enclave expected (signer, product, attributes), found "
               "another");
        return TCB_NONE;
    }
    return level_say(j, "qe", svn_level_find(json_object_get(identity, "tcbLevels"), q->qe.svn));
}

bool intel_tcb_judge(const struct judge *j, const struct dcap_quote *quote,
                     const struct pck_info *pck, json_t *tcb_info, json_t *qe_identity)
{
    enum tcb_status merged;
    int info_number = number_get(tcb_info, "tcbEvaluationDataNumber");
    int qe_number = number_get(qe_identity, "tcbEvaluationDataNumber");

    if (!info_is_for(j, quote, pck, tcb_info))
        return false;
    if (info_number < 0 || qe_number < 0)
        return FAIL(j->sink, "collateral_format",
                    "collateral_format: tcbEvaluationDataNumber expected in both documents");
    claim_number(j->sink, "tcb_evaluation_number",
                 (uint64_t)(info_number < qe_number ? info_number : qe_number));
    merged = platform_judge(j, quote, pck, tcb_info);
    if (quote->body_type != DCAP_SGX)
        merged = tcb_status_merge(merged, module_judge(j, quote, tcb_info));
    merged = tcb_status_merge(merged, qe_judge(j, quote, qe_identity));
    if (merged == TCB_NONE)
        return false; /* said by whoever found it */
    claim_text(j->sink, "tcb_status", view_text(tcb_status_name(merged)));
    return true;
}
