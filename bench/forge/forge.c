/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * forge - writes the evidence of rows that need more platforms than genuine evidence has: quotes of
 * TDs on two machines under one root and one set of collateral, and a report of a simulated device;
 * each with a policy.    forge FOLDER
 *
 *   quote_a  machine A; quote_a_key: the same with another attestation key
 *   quote_b  machine B
 *
 * Layer: bench, with the forges of test/.
 */
#include "forge.h"
#include "forge_intel.h"
#include "support.h"

static const char *folder;

static void put(const char *name, struct view bytes)
{
    char path[512];
    FILE *file;

    snprintf(path, sizeof path, "%.400s/%.80s", folder, name);
    file = fopen(path, "wbe");
    if (file == NULL || fwrite(bytes.data, 1, bytes.size, file) != bytes.size ||
        fclose(file) != 0) {
        perror(path);
        exit(EXIT_FAILURE);
    }
}

static void policy_put(const char *name, json_t *policy)
{
    char *text = json_dumps(policy, 0);

    forge_check(text != NULL);
    put(name, view_text(text));
    free(text);
    json_decref(policy);
}

static void quote_put(struct intel *f, const char *name)
{
    struct buf quote = intel_quote(f);

    put(name, buf_view(&quote));
    buf_free(&quote);
}

static void tdx_put(void)
{
    static struct rig rig;
    static struct intel f;
    json_t *policy;

    intel_make(&f, true, 4);
    f.keep[INTEL_PCK] = f.keep[INTEL_CA] = f.keep[INTEL_ROOT] = true;
    intel_build(&f, &rig);
    for (size_t i = 0; i < rig.collateral_count; i++)
        put(rig.collateral[i].name, buf_view(&rig.collateral[i].bytes));
    put("quote_a", buf_view(&rig_part(&rig, true, "quote")->bytes));
    policy = intel_policy(&f);
    json_object_set_new(json_object_get(json_object_get(policy, "tees"), "tdx"),
                        "tolerate_insecure", json_pack("[s]", "nonce"));
    policy_put("tdx.json", policy);
    f.ak = f.quote_key = made_key("P-256");
    quote_put(&f, "quote_a_key");
    f.pck.key = f.qe_key = made_key("P-256");
    f.pck.serial = PCK_SERIAL + 1;
    f.keep[INTEL_PCK] = false;
    quote_put(&f, "quote_b");
}

static void sim_put(void)
{
    struct forge *f = forge_new(1);
    char root[1200] = "";
    struct writer w = writer_over(root, sizeof root - 1);

    base64_encode(f->der[FORGE_ROOT], &w);
    policy_put("sim.json",
               json_pack("{s:i,s:[s],s:[{s:s,s:s,s:b,s:s}],s:{s:{s:[s]}}}", "schema", 2,
                         "device_roots", root, "enclaves", "uuid",
                         "11111111-1111-1111-1111-111111111111", "mrenclave",
                         "2222222222222222222222222222222222222222222222222222222222222222",
                         "any_tcb_insecure", 1, "min_level", "installed", "tees", "sim",
                         "tolerate_insecure", "nonce"));
    put("report", forge_report(f));
    forge_free(f);
}

/* The forges assert, which takes a test. */
START_TEST(evidence_is_written)
{
    tdx_put();
    sim_put();
}
END_TEST

int main(int argc, char **argv)
{
    Suite *suite = suite_create("bench/forge");

    if (argc != 2)
        return EXIT_FAILURE;
    folder = argv[1];
    tcase_add_test(tcase_of(suite, "forge"), evidence_is_written);
    return suite_main(suite);
}
