/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * forge.h - a device that tests make up: its three certificates and reports with any content, from
 * fixed seeds. Everything genuine about it is the format.
 * Layer: test. Threads: one per struct forge.
 */
#ifndef TEST_FORGE_H
#define TEST_FORGE_H

#include "crypto/ecdsa.h"
#include "wire/cert.h"
#include "wire/report.h"
#include <stdlib.h>
#include <string.h>

enum { FORGE_ROOT, FORGE_DEVICE, FORGE_AK, FORGE_COUNT };

#define FORGE_NOW_S UINT64_C(1800000000) /* 2027-01-15 */
#define FORGE_YEAR_S UINT64_C(31557600)

struct forge {
    struct ecdsa_key keys[FORGE_COUNT];
    uint8_t points[FORGE_COUNT][ECDSA_PUBLIC_SIZE];
    struct cert fields[FORGE_COUNT]; /* change them, then forge_issue() */
    uint8_t device_id[CERT_DEVICE_ID_SIZE];
    uint8_t der_room[FORGE_COUNT][CERT_MAX_SIZE];
    struct view der[FORGE_COUNT];
    struct report_body body; /* change it, then forge_report() */
    uint8_t report_room[REPORT_MAX_SIZE];
    bool with_root; /* in the report, where nobody wants it */
};

static inline void forge_check(bool good)
{
    if (!good)
        abort();
}

static inline void forge_issue_one(struct forge *f, int which)
{
    const struct ecdsa_key *issuer = &f->keys[which == FORGE_ROOT ? FORGE_ROOT : which - 1];
    uint8_t tbs[CERT_MAX_SIZE];
    uint8_t signature[ECDSA_SIGNATURE_SIZE];
    struct writer t = writer_over(tbs, sizeof tbs);
    struct writer w = writer_over(f->der_room[which], CERT_MAX_SIZE);

    cert_encode_tbs(&f->fields[which], &t);
    forge_check(!t.failed && ecdsa_sign(issuer, writer_view(&t), signature));
    cert_encode(writer_view(&t), signature, &w);
    forge_check(!w.failed);
    f->der[which] = writer_view(&w);
}

static inline void forge_issue(struct forge *f)
{
    for (int i = 0; i < FORGE_COUNT; i++)
        forge_issue_one(f, i);
}

static inline void forge_body_init(struct forge *f)
{
    struct report_body *b = &f->body;

    b->origin = REPORT_ORIGIN_TA;
    b->purpose = REPORT_PURPOSE_APP;
    b->level = REPORT_LEVEL_INSTALLED;
    b->protections = PROTECTION_NODUMP | PROTECTION_SECCOMP | PROTECTION_NAMESPACES;
    b->prod_id = 7;
    b->svn = 3;
    b->issued_at_s = FORGE_NOW_S - 5;
    memcpy(b->device_id, f->device_id, sizeof b->device_id);
    memset(b->uuid.bytes, 0x11, sizeof b->uuid.bytes);
    memset(b->mrenclave, 0x22, sizeof b->mrenclave);
    memset(b->mrsigner, 0x33, sizeof b->mrsigner);
    memset(b->mrtcb, 0x44, sizeof b->mrtcb);
    memset(b->user_data, 0x55, sizeof b->user_data);
}

/* seed distinguishes devices. */
static inline struct forge *forge_new(uint8_t seed)
{
    static const char *const NAMES[] = {"vendor root", "device", "attestation key"};
    static const uint8_t SERIALS[] = {1, 2, 3};
    struct forge *f = calloc(1, sizeof *f);
    struct secret secret;

    forge_check(f != NULL);
    memset(secret.bytes, seed, sizeof secret.bytes);
    memset(f->device_id, 0xd0 ^ seed, sizeof f->device_id);
    for (int i = 0; i < FORGE_COUNT; i++) {
        struct cert *c = &f->fields[i];

        forge_check(ecdsa_from_seed(&f->keys[i], &secret, NAMES[i]) &&
                    ecdsa_public(&f->keys[i], f->points[i]));
        c->serial = view_of(&SERIALS[i], 1);
        c->issuer = view_text(NAMES[i == FORGE_ROOT ? FORGE_ROOT : i - 1]);
        c->subject = view_text(NAMES[i]);
        c->not_before_s = FORGE_NOW_S - FORGE_YEAR_S;
        c->not_after_s = FORGE_NOW_S + 10 * FORGE_YEAR_S;
        c->point = VIEW_OF(f->points[i]);
        c->is_ca = i != FORGE_AK;
        c->path_len = i == FORGE_ROOT ? 1 : 0;
        c->key_usage = i == FORGE_AK ? CERT_USAGE_DIGITAL_SIGNATURE : CERT_USAGE_CERT_SIGN;
        c->device_id = i == FORGE_ROOT ? VIEW_EMPTY : VIEW_OF(f->device_id);
    }
    forge_issue(f);
    forge_body_init(f);
    return f;
}

static inline void forge_free(struct forge *f)
{
    for (int i = 0; i < FORGE_COUNT; i++)
        ecdsa_done(&f->keys[i]);
    free(f);
}

/* The signed report about f->body, in f->report_room. */
static inline struct view forge_report(struct forge *f)
{
    uint8_t payload[512], tbs[1024], signature[ECDSA_SIGNATURE_SIZE];
    struct writer p = writer_over(payload, sizeof payload);
    struct writer t = writer_over(tbs, sizeof tbs);
    struct writer w = writer_over(f->report_room, sizeof f->report_room);
    struct report report = {.body = f->body};

    report_body_encode(&f->body, &p);
    forge_check(!p.failed);
    report.protected_header = report_protected_header();
    report.payload = writer_view(&p);
    forge_check(report_to_be_signed(&report, &t) &&
                ecdsa_sign(&f->keys[FORGE_AK], writer_view(&t), signature));
    report.signature = VIEW_OF(signature);
    report.chain[0] = f->der[FORGE_AK];
    report.chain[1] = f->der[FORGE_DEVICE];
    report.chain[2] = f->der[FORGE_ROOT];
    report.chain_count = 2 + f->with_root;
    report_encode(&report, &w);
    forge_check(!w.failed);
    return writer_view(&w);
}

#endif
