/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "verify/intel_pck.h"

/* 1.2.840.113741.1.13.1; what stands in it has one more arc */
static const uint8_t OID_SGX[] = {0x2a, 0x86, 0x48, 0x86, 0xf8, 0x4d, 0x01, 0x0d, 0x01};
enum { ARC_PPID = 1, ARC_TCB = 2, ARC_PCEID = 3, ARC_FMSPC = 4, PPID_SIZE = 16 };
enum { TCB_PCESVN = 17, TCB_CPUSVN = 18 };

/* The arc behind prefix; 0: another OID. */
static uint8_t arc_take(struct reader *r, struct view prefix)
{
    struct view oid = der_take(r, DER_OID);

    if (oid.size != prefix.size + 1 || !view_equal(view_of(oid.data, prefix.size), prefix))
        return 0;
    return oid.data[prefix.size];
}

static uint16_t number_take(struct reader *r)
{
    struct view v = der_take(r, DER_INTEGER);
    uint32_t value = 0;

    if (v.size < 1 || v.size > 3 || (v.data[0] & 0x80) != 0) {
        r->failed = true;
        return 0;
    }
    for (size_t i = 0; i < v.size; i++)
        value = value << 8 | v.data[i];
    if (value > UINT16_MAX)
        r->failed = true;
    return (uint16_t)value;
}

/* Arcs 1 .. 16: components; 17: PCESVN; 18: CPUSVN, which says the same once more. */
static void tcb_read(struct reader *r, struct pck_info *info)
{
    uint8_t prefix[sizeof OID_SGX + 1];
    struct reader list = der_enter(r, DER_SEQUENCE);
    uint32_t seen = 0;

    memcpy(prefix, OID_SGX, sizeof OID_SGX);
    prefix[sizeof OID_SGX] = ARC_TCB;
    while (!list.failed && list.rest.size > 0) {
        struct reader pair = der_enter(&list, DER_SEQUENCE);
        uint8_t arc = arc_take(&pair, VIEW_OF(prefix));
        uint16_t value = 0;

        if (arc < 1 || arc > TCB_CPUSVN || (seen & UINT32_C(1) << arc) != 0)
            pair.failed = true;
        seen |= UINT32_C(1) << (arc & 31);
        if (arc == TCB_CPUSVN)
            der_take(&pair, DER_OCTET_STRING);
        else
            value = number_take(&pair);
        if (arc >= 1 && arc <= TCB_COMPONENTS) {
            info->components[arc - 1] = (uint8_t)value;
            if (value > UINT8_MAX)
                pair.failed = true;
        }
        if (arc == TCB_PCESVN)
            info->pce_svn = value;
        der_leave(&list, &pair);
    }
    if (seen != 0x7fffe) /* all of 1 .. 18 */
        list.failed = true;
    der_leave(r, &list);
}

bool pck_info_read(const struct x509 *pck, struct pck_info *ret_info)
{
    struct view value;
    struct reader r, list;
    struct pck_info info = {0};
    uint32_t seen = 0;

    if (!x509_extension(pck, VIEW_OF(OID_SGX), &value))
        return false;
    r = reader_over(value);
    list = der_enter(&r, DER_SEQUENCE);
    while (!list.failed && list.rest.size > 0) {
        struct reader pair = der_enter(&list, DER_SEQUENCE);
        uint8_t arc = arc_take(&pair, VIEW_OF(OID_SGX));

        if (arc == 0 || arc > 31 || (seen & UINT32_C(1) << arc) != 0)
            return false;
        seen |= UINT32_C(1) << arc;
        if (arc == ARC_PPID)
            info.ppid = der_take(&pair, DER_OCTET_STRING);
        else if (arc == ARC_TCB)
            tcb_read(&pair, &info);
        else if (arc == ARC_PCEID)
            info.pceid = der_take(&pair, DER_OCTET_STRING);
        else if (arc == ARC_FMSPC)
            info.fmspc = der_take(&pair, DER_OCTET_STRING);
        else /* SGX type, platform instance, configuration: not used here */
            pair.rest = VIEW_EMPTY;
        der_leave(&list, &pair);
    }
    der_leave(&r, &list);
    if (!reader_done(&r) || (seen & 0x1e) != 0x1e || info.ppid.size != PPID_SIZE ||
        info.fmspc.size != FMSPC_SIZE || info.pceid.size != PCEID_SIZE)
        return false;
    *ret_info = info;
    return true;
}
