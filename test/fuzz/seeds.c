/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * seeds.c - writes the genuine evidence in SECGEAR_VECTORS as inputs of fuzz targets: each case for
 * its type's, each part for the decoder that it is for. Argument: the folder, which gets one folder
 * for each target.
 * Layer: test. Threads: one.
 */
#include "fuzz_parts.h"
#include "support.h"
#include "vector_cases.h"
#include <sys/stat.h>

enum { SEED_ROOM = 2 << 20, PATH_ROOM = 512 };

static const char *to;

static void seed_write(const char *target, struct view bytes)
{
    static unsigned written;
    char path[PATH_ROOM];
    FILE *file;

    snprintf(path, sizeof path, "%s/%s", to, target);
    mkdir(path, 0777); /* may be there */
    snprintf(path, sizeof path, "%s/%s/%u", to, target, written++);
    file = fopen(path, "wbe");
    ck_assert_msg(file != NULL, "%s: can not be written", path);
    ck_assert_uint_eq(fwrite(bytes.data, 1, bytes.size, file), bytes.size);
    ck_assert_int_eq(fclose(file), 0);
}

/* The case as its type's target reads it. */
static void case_write(struct rig *rig, const char *tee)
{
    static uint8_t room[SEED_ROOM];
    struct writer w = writer_over(room, sizeof room);
    const struct fuzz_type *type = fuzz_type(tee);
    char target[40];

    if (type == NULL)
        return;
    writer_le32(&w, (uint32_t)rig->now_s);
    for (const char *const *name = type->parts; *name != NULL; name++) {
        bool side = **name == '-' || **name == '+';
        const struct rig_part *part = rig_part(rig, !side, *name + (side || **name == '*' ? 1 : 0));
        struct view bytes = part != NULL ? buf_view(&part->bytes) : VIEW_EMPTY;

        if (name[1] != NULL) {
            bytes.size = bytes.size > UINT16_MAX ? 0 : bytes.size;
            writer_le16(&w, (uint16_t)bytes.size);
        }
        writer_put(&w, bytes);
    }
    ck_assert(!w.failed);
    snprintf(target, sizeof target, "tee_%s", strcmp(tee, "az-vtpm") == 0 ? "az_vtpm" : tee);
    seed_write(target, writer_view(&w));
}

/* Which decoders read a part. */
static void part_write(const char *tee, const struct rig_part *part)
{
    static const struct {
        const char *tee, *name, *target;
    } ROWS[] = {
        {"sgx", "quote", "dcap_quote"},
        {"tdx", "quote", "dcap_quote"},
        {"az-vtpm", "td_quote", "dcap_quote"},
        {"snp", "report", "snp_report"},
        {"csv", "report", "csv"},
        {"csv", "*.cert", "csv"},
        {"cca", "token", "cbor"},
        {"virtcca", "token", "cbor"},
        {"psa", "token", "cose"},
        {"nitro", "document", "cose"},
        {"tpm", "quote", "tpm_quote"},
        {"tpm", "signature", "tpm_quote"},
        {"az-vtpm", "quote", "tpm_quote"},
        {"az-vtpm", "signature", "tpm_quote"},
        {"*", "*.der", "x509"},
        {"*", "*_cert", "x509"},
        {"*", "*.pem", "pem"},
        {"*", "tcg", "tcg_log"},
        {"*", "ccel", "tcg_log"},
        {"*", "ima", "tcg_log"},
    };

    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++)
        if (fnmatch(ROWS[i].tee, tee, 0) == 0 && fnmatch(ROWS[i].name, part->name, 0) == 0)
            seed_write(ROWS[i].target, buf_view(&part->bytes));
}

/* Logs that come alone. */
static void log_write(const json_t *vector)
{
    const char *name = text_of(json_array_get(json_object_get(vector, "files"), 0), "name");
    char path[PATH_ROOM];
    struct buf bytes;

    snprintf(path, sizeof path, "%s/%s/%s", folder, text_of(vector, "id"), name);
    bytes = rig_read(path);
    seed_write("tcg_log", buf_view(&bytes));
    buf_free(&bytes);
}

static void vector_write(const json_t *vector)
{
    const char *tee = text_of(vector, "tee");
    const json_t *one;
    size_t i;

    if (strcmp(tee, "eventlog") == 0 || strcmp(tee, "ima") == 0) {
        log_write(vector);
        return;
    }
    json_array_foreach(json_object_get(vector, "cases"), i, one)
    {
        struct rig rig = {.now_s = 1767225600};

        case_load(&rig, vector, one);
        case_extras(&rig, vector, one);
        if (json_is_string(json_object_get(one, "now")))
            ck_assert(time_parse(view_text(text_of(one, "now")), &rig.now_s));
        case_write(&rig, tee);
        for (size_t p = 0; i == 0 && p < rig.evidence_count; p++)
            part_write(tee, &rig.evidence[p]);
        for (size_t p = 0; p < rig.collateral_count; p++)
            part_write(tee, &rig.collateral[p]);
        rig_free(&rig);
    }
}

START_TEST(genuine_evidence_is_written_as_inputs_of_fuzz_targets)
{
    json_t *index;
    char path[PATH_ROOM];
    const json_t *one;
    size_t i;

    snprintf(path, sizeof path, "%s/index.json", folder);
    index = json_load_file(path, 0, NULL);
    ck_assert_msg(index != NULL, "%s: not JSON", path);
    json_array_foreach(index, i, one)
    {
        json_t *vector = vector_load(text_of(one, "dir"));

        vector_write(vector);
        json_decref(vector);
    }
    json_decref(index);
    index = vector_load("itrustee/secgear-hardware-report"); /* stands beside the index */
    vector_write(index);
    json_decref(index);
}
END_TEST

int main(int argc, char **argv)
{
    Suite *suite = suite_create("fuzz/seeds");

    folder = getenv("SECGEAR_VECTORS");
    if (argc != 2 || folder == NULL) {
        fprintf(stderr, "usage: SECGEAR_VECTORS=FOLDER %s TO\n", argv[0]);
        return 2;
    }
    to = argv[1];
    tcase_add_test(tcase_of(suite, "seeds"), genuine_evidence_is_written_as_inputs_of_fuzz_targets);
    return suite_main(suite);
}
