/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * vector_cases.h - genuine evidence from the folder in SECGEAR_VECTORS (no part of this tree):
 * which file of a vector is which part, and a policy under which its cases can be judged.
 * Layer: test. Threads: one.
 */
#ifndef TEST_VECTOR_CASES_H
#define TEST_VECTOR_CASES_H

#include "evidence_rig.h"
#include <fnmatch.h>

static const char *folder; /* of the vectors; NULL: not there */

/* Which file is which part; the first row that fits counts. */
static const struct part_row {
    const char *tee, *file, *name;
    bool evidence;
} PARTS[] = {
    {"sgx", "quote.*", "quote", true},
    {"tdx", "quote.*", "quote", true},
    {"tdx", "ccel_data.dat", "ccel", true},
    {"sgx", "tcbInfo.json", "tcb_info.json", false},
    {"sgx", "tcbSignChain.pem", "tcb_info_issuer_chain.pem", false},
    {"sgx", "qeIdentity.json", "qe_identity.json", false},
    {"sgx", "rootCaCrl.der", "root_ca_crl.der", false},
    {"sgx", "intermediateCaCrl.der", "pck_crl.der", false},
    {"snp", "report.bin", "report", true},
    {"snp", "vcek.der", "vek.der", false},
    {"snp", "vlek.der", "vek.der", false},
    {"cca", "token.cbor", "token", true},
    {"cca", "cpak.json", "cpak.json", false},
    {"cca", "platform_key.json", "cpak.json", false},
    {"psa", "token.cbor", "token", true},
    {"psa", "iak.json", "iak.json", false},
    {"virtcca", "token.cbor", "token", true},
    {"virtcca", "*_cert.der", "dev_cert", true},
    {"virtcca", "*_ca.pem", "issuer_chain.pem", false},
    {"nitro", "document.cbor", "document", true},
    {"csv", "report.bin", "report", true},
    {"csv", "hsk_cek.cert", "hsk_cek.cert", false},
    {"csv", "hrk.cert", "hrk.cert", false},
    {"az-vtpm", "hcl_report.bin", "hcl_report", true},
    {"az-vtpm", "tpm_quote.msg", "quote", true},
    {"az-vtpm", "tpm_quote.sig", "signature", true},
    {"az-vtpm", "pcrs_sha256.bin", "pcrs", true},
    {"az-vtpm", "td_quote.bin", "td_quote", true},
    {"az-vtpm", "vcek.der", "vek.der", false},
    {"tpm", "quote.msg", "quote", true},
    {"tpm", "quote.sig", "signature", true},
    {"tpm", "pcrs.json", "pcrs", true},
    {"tpm", "binary_bios_measurements", "tcg", true},
    {"tpm", "ak_cert.der", "ak_cert", true},
    {"itrustee", "report.json", "report", true},
    {"itrustee", "*_ca.pem", "issuer_chain.pem", false},
};

static inline const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text != NULL ? text : "";
}

static inline void part_add(struct rig *rig, const char *tee, const char *path)
{
    const char *name = strrchr(path, '/') != NULL ? strrchr(path, '/') + 1 : path;

    for (size_t i = 0; i < sizeof PARTS / sizeof PARTS[0]; i++) {
        const struct part_row *row = &PARTS[i];

        if (strcmp(row->tee, tee) == 0 && fnmatch(row->file, name, 0) == 0) {
            if (!rig_has(rig, row->evidence, row->name))
                rig_file(rig, row->evidence, row->name, path);
            return;
        }
    }
    if (strchr(path + strlen(folder) + 1, '/') != NULL && strstr(path, "collateral-") != NULL)
        rig_file(rig, false, name, path);
}

/* The files of a vector that belong to one of its cases. */
static inline void case_load(struct rig *rig, const json_t *vector, const json_t *one)
{
    const json_t *files = json_object_get(vector, "files");
    const char *collateral = text_of(one, "collateral");
    char path[512];

    for (size_t pass = 0; pass < 2; pass++) /* the evidence itself first */
        for (size_t i = 0; i < json_array_size(files); i++) {
            const char *name = text_of(json_array_get(files, i), "name");
            const char *role = text_of(json_array_get(files, i), "role");
            const char *slash = strchr(name, '/');

            if (strncmp(role, "NEGATIVE", 8) == 0)
                continue;
            if (slash != NULL && strncmp(name, collateral, (size_t)(slash - name)) != 0)
                continue;
            if (slash != NULL && strlen(collateral) != (size_t)(slash - name))
                continue;
            snprintf(path, sizeof path, "%s/%s/%s", folder, text_of(vector, "id"), name);
            part_add(rig, text_of(vector, "tee"), path);
        }
}

/* What a case names itself, or keeps elsewhere. */
static inline void case_extras(struct rig *rig, const json_t *vector, const json_t *one)
{
    const json_t *chain = json_object_get(vector, "chain");
    const char *id = text_of(vector, "id");
    char path[512], other[512];

    if (json_object_get(one, "vek") != NULL || json_object_get(one, "key") != NULL) {
        const char *key = json_object_get(one, "vek") != NULL ? "vek" : "key";

        snprintf(path, sizeof path, "%s/%s/%s", folder, id, text_of(one, key));
        rig_replace(rig, key[0] == 'v' ? "vek.der" : "cpak.json", path);
    }
    if (chain != NULL) {
        snprintf(path, sizeof path, "%s/%s", folder, text_of(chain, "ask"));
        rig_file(rig, false, "ask.der", path);
        snprintf(path, sizeof path, "%s/%s", folder, text_of(chain, "ark"));
        rig_file(rig, false, "ark.der", path);
    } else if (rig_has(rig, false, "vek.der")) { /* az-vtpm names the product only */
        snprintf(path, sizeof path, "%s/roots/amd/milan_ask.der", folder);
        rig_file(rig, false, "ask.der", path);
        snprintf(path, sizeof path, "%s/roots/amd/milan_ark.der", folder);
        rig_file(rig, false, "ark.der", path);
    }
    snprintf(path, sizeof path, "%s/%s/pckCert.pem", folder, id);
    snprintf(other, sizeof other, "%s/%s/pckSignChain.pem", folder, id);
    if (access(path, R_OK) == 0)
        rig_two_files(rig, "pck_chain.pem", path, other);
}

/* What a policy must say for this evidence to be acceptable at all; the rest is strictness. */
static inline json_t *policy_make(struct rig *rig, const json_t *vector, const json_t *one,
                                  bool permissive)
{
    const char *tee = text_of(vector, "tee");
    json_t *rules = json_object(), *tolerate = json_array();

    if (permissive) {
        if (strcmp(tee, "sgx") == 0 || strcmp(tee, "tdx") == 0) /* others state none */
            json_object_set_new(rules, "tcb_status",
                                json_pack("[s,s,s,s,s,s]", "UpToDate", "SWHardeningNeeded",
                                          "ConfigurationNeeded",
                                          "ConfigurationAndSWHardeningNeeded", "OutOfDate",
                                          "OutOfDateConfigurationNeeded"));
        json_array_append_new(tolerate, json_string("debug"));
        json_array_append_new(tolerate, json_string("crl"));
    }
    json_array_append_new(tolerate, json_string("identity")); /* compared below */
    json_array_append_new(tolerate, json_string("nonce"));
    json_array_append_new(tolerate, json_string("vmpl"));
    if (strcmp(tee, "az-vtpm") == 0 && text_of(one, "collateral")[0] == '\0') {
        json_array_append_new(tolerate, json_string("collateral")); /* the case has none */
        json_array_append_new(tolerate, json_string("crl"));
    }
    rig_trust_keys(rig, rules);
    json_object_set_new(rules, "tolerate_insecure", tolerate);
    return json_pack("{s:i,s:{s:o}}", "schema", 2, "tees", tee, rules);
}

static inline json_t *vector_load(const char *dir)
{
    char path[512];
    json_t *vector;

    snprintf(path, sizeof path, "%s/%s/vector.json", folder, dir);
    vector = json_load_file(path, 0, NULL);
    ck_assert_msg(vector != NULL, "%s: not JSON", path);
    return vector;
}

#endif
