/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * forge_snp.h - reports of SEV-SNP and the certificates under them, made up with own keys.
 * Layer: test. Threads: one.
 */
#ifndef TEST_FORGE_SNP_H
#define TEST_FORGE_SNP_H

#include "broken.h"
#include "wire/der.h"
#include "wire/snp_report.h"

#define SNP_MEASUREMENT                                                                            \
    "4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d" \
    "4d4d"

enum { SNP_SPL_ROOM = 8 };

struct snp_made {
    struct made ark, ask, vek, stranger;
    uint8_t report[SNP_REPORT_SIZE];
    const char *product; /* of the certificate */
    uint8_t spl[10];     /* by their arcs */
    uint8_t hwid[64];
    size_t hwid_size;
    EVP_PKEY *signer; /* of the report */
    long revoked;
    bool no_crl;
    struct made *crl_issuer;
    uint64_t list_from_s, list_until_s;
    bool turin;
};

/* Made once for each program: RSA takes its time. */
struct snp_keys {
    EVP_PKEY *ark, *ask, *vek, *other;
};

static inline void snp_keys_make(struct snp_keys *keys)
{
    keys->ark = EVP_RSA_gen(2048);
    keys->ask = EVP_RSA_gen(2048);
    keys->vek = made_key("P-384");
    keys->other = made_key("P-384");
}

static inline void snp_start(struct snp_made *f, const struct snp_keys *keys)
{
    memset(f, 0, sizeof *f);
    f->ark = (struct made){.name = "ARK-Milan",
                           .key = keys->ark,
                           .ca = true,
                           .serial = 1,
                           .usage = "critical,keyCertSign,cRLSign",
                           .pss = true,
                           .md = EVP_sha384()};
    f->ask = (struct made){.name = "SEV-Milan",
                           .key = keys->ask,
                           .issuer = &f->ark,
                           .ca = true,
                           .path_len = "0",
                           .serial = 2,
                           .usage = "critical,keyCertSign",
                           .pss = true,
                           .md = EVP_sha384()};
    f->vek = (struct made){.name = "SEV-VCEK",
                           .key = keys->vek,
                           .issuer = &f->ask,
                           .serial = 3,
                           .no_constraints = true,
                           .pss = true,
                           .md = EVP_sha384()};
    made_valid(&f->ark);
    made_valid(&f->ask);
    made_valid(&f->vek);
    f->product = "Milan-B0";
    f->spl[1] = 3;
    f->spl[3] = 8;
    f->spl[8] = 0x73;
    memset(f->hwid, 0x77, sizeof f->hwid);
    f->hwid_size = 64;
    f->signer = keys->vek;
    f->crl_issuer = &f->ark;
    f->list_from_s = BROKEN_NOW_S - 1;
    f->list_until_s = BROKEN_NOW_S + 3600 * 2400;
    f->report[0] = 2;
    f->report[0x0a] = 3; /* policy 0x30000 */
    f->report[0x34] = 1;
    memset(f->report + 0x50, 0x44, 64);
    memset(f->report + 0x90, 0x4d, 48);
    f->report[0x180] = 3;
    f->report[0x186] = 8;
    f->report[0x187] = 0x73;
    memset(f->report + 0x1a0, 0x77, 64);
}

static inline void snp_turin(struct snp_made *f)
{
    static const uint8_t TCB[8] = {1, 2, 3, 4, 0, 0, 0, 5};

    f->turin = true;
    f->ark.name = "ARK-Turin";
    f->ask.name = "SEV-Turin";
    f->product = "Turin";
    f->hwid_size = 8;
    f->report[0] = 5;
    memcpy(f->report + 0x180, TCB, sizeof TCB);
    f->report[0x188] = 0x1a;
    f->report[0x189] = 2;
    memset(f->report + 0x1a8, 0, 56);
    f->spl[9] = 1;
    f->spl[1] = 2;
    f->spl[2] = 3;
    f->spl[3] = 4;
    f->spl[8] = 5;
}

/* Any of the three, any version, under VCEK or VLEK. */
static inline void snp_other(struct snp_made *f, const char *product, uint8_t version, bool vlek)
{
    static char names[2][40];
    bool turin = strcmp(product, "Turin") == 0;

    if (turin)
        snp_turin(f);
    snprintf(names[0], sizeof names[0], "ARK-%s", product);
    snprintf(names[1], sizeof names[1], "SEV-%s%s", vlek ? "VLEK-" : "", product);
    f->ark.name = names[0];
    f->ask.name = names[1];
    f->vek.name = vlek ? "SEV-VLEK" : "SEV-VCEK";
    f->product = product;
    f->report[0] = version;
    f->report[0x188] = version < 3 ? 0 : turin ? 0x1a : 0x19;
    f->report[0x189] = version < 3 ? 0 : strcmp(product, "Genoa") == 0 ? 0x11 : 1;
    if (!vlek)
        return;
    f->hwid_size = 0;
    f->report[0x48] = 1 << 2;
    memset(f->report + 0x1a0, 0, 64);
}

/* Version 3 under a VLEK of Genoa. */
static inline void snp_genoa_vlek(struct snp_made *f)
{
    snp_other(f, "Genoa", 3, true);
}

static inline void snp_extension(struct made *m, const char *oid, struct view value)
{
    m->extra[m->extra_count].oid = oid;
    m->extra[m->extra_count++].value = value;
}

static inline struct buf snp_vek(struct snp_made *f)
{
    static const char *const OIDS[] = {NULL,
                                       "1.3.6.1.4.1.3704.1.3.1",
                                       "1.3.6.1.4.1.3704.1.3.2",
                                       "1.3.6.1.4.1.3704.1.3.3",
                                       NULL,
                                       NULL,
                                       NULL,
                                       NULL,
                                       "1.3.6.1.4.1.3704.1.3.8",
                                       "1.3.6.1.4.1.3704.1.3.9"};
    uint8_t name[40], numbers[10][SNP_SPL_ROOM];
    struct writer n = writer_over(name, sizeof name);

    f->vek.extra_count = 0;
    der_put(&n, 0x16, view_text(f->product));
    if (f->product[0] != '\0')
        snp_extension(&f->vek, "1.3.6.1.4.1.3704.1.2", writer_view(&n));
    for (size_t arc = 1; arc < 10; arc++) {
        struct writer w = writer_over(numbers[arc], SNP_SPL_ROOM);
        uint8_t wide[2] = {0, f->spl[arc]};

        if (OIDS[arc] == NULL || (arc == 9 && !f->turin))
            continue;
        der_put(&w, DER_INTEGER, f->spl[arc] > 127 ? VIEW_OF(wide) : view_of(wide + 1, 1));
        snp_extension(&f->vek, OIDS[arc], writer_view(&w));
    }
    if (f->hwid_size > 0)
        snp_extension(&f->vek, "1.3.6.1.4.1.3704.1.4", view_of(f->hwid, f->hwid_size));
    return made_issue(&f->vek);
}

static inline void snp_sign(struct snp_made *f)
{
    uint8_t rs[96];

    made_sign_raw(f->signer, EVP_sha384(), view_of(f->report, SNP_SIGNED_SIZE), rs, 48);
    for (size_t i = 0; i < 48; i++) {
        f->report[SNP_SIGNED_SIZE + i] = rs[47 - i];
        f->report[SNP_SIGNED_SIZE + 72 + i] = rs[95 - i];
    }
}

static inline struct buf snp_list(const struct snp_made *f)
{
    return made_crl(f->crl_issuer, f->revoked, f->list_from_s, f->list_until_s);
}

/* The certificates and the list, among the collateral. */
static inline void snp_collateral(struct snp_made *f, struct rig *rig)
{
    rig_put(rig, false, "vek.der", snp_vek(f));
    rig_put(rig, false, "ask.der", made_issue(&f->ask));
    rig_put(rig, false, "ark.der", made_issue(&f->ark));
    if (!f->no_crl)
        rig_put(rig, false, "crl.der", snp_list(f));
}

#endif
