/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * tcg_log.h - the firmware's log of what it measured, in TCG's crypto-agile form (PC Client
 * Platform Firmware Profile, 10.2.2), as TPMs (binary_bios_measurements) and TDX (CCEL) have it;
 * and the kernel's IMA log after it, binary or as text. Numbers are little-endian.
 *
 *   first    u32 register, u32 EV_NO_ACTION, 20 zero bytes, u32 size, "Spec ID Event03", class,
 *            version, u32 count of hashes, each u16 id, u16 size; u8 size and vendor's bytes
 *   others   u32 register, u32 type, u32 count, each u16 id and digest; u32 size and data
 *   end      of the bytes, or nothing but 0 or nothing but 0xff from there on
 *
 *   IMA      u32 register, SHA-1 of the data (zeros: a violation), u32 size and name of the
 *            template, u32 size and data
 *
 * Layer: common/wire (pure). Threads: no state.
 */
#ifndef CC_WIRE_TCG_LOG_H
#define CC_WIRE_TCG_LOG_H

#include "base/bytes.h"
#include "status.h"

enum {
    TCG_LOG_MAX_SIZE = 4 << 20,
    TCG_REGISTERS = 24,
    TCG_HASHES_MAX_COUNT = 8,
    TCG_EVENTS_MAX_COUNT = 65536,
    IMA_SHA1_SIZE = 20,
    IMA_NAME_MAX_SIZE = 64,
    IMA_DATA_MAX_SIZE = 64 << 10,
};

/* TPM_ALG_ID (TPM 2.0 Library, part 2, 6.3). */
enum tcg_hash {
    TCG_SHA1 = 0x0004,
    TCG_SHA256 = 0x000b,
    TCG_SHA384 = 0x000c,
    TCG_SHA512 = 0x000d,
    TCG_SM3 = 0x0012,
};

enum tcg_type {
    TCG_NO_ACTION = 3,
    TCG_SEPARATOR = 4,
    TCG_ACTION = 5,
    TCG_EFI_VARIABLE_DRIVER_CONFIG = (int)0x80000001,
    TCG_EFI_ACTION = (int)0x80000007,
};

struct tcg_event {
    uint32_t reg;
    uint32_t type;
    uint32_t digest_count;
    struct view digests; /* as they stand */
    struct view data;
};

struct tcg_log {
    uint16_t ids[TCG_HASHES_MAX_COUNT];
    uint16_t sizes[TCG_HASHES_MAX_COUNT];
    size_t hash_count;
    struct reader events; /* for tcg_event_take() */
    size_t count;         /* of events behind the first */
};

/* The whole log is walked: each later tcg_event_take() succeeds. CC_ERROR_BAD_FORMAT. */
cc_enclave_result_t tcg_log_decode(struct view bytes, struct tcg_log *ret_log)
    __attribute__((warn_unused_result));
struct tcg_event tcg_event_take(struct tcg_log *log);
/* Empty: the event has no digest of that hash. */
struct view tcg_event_digest(const struct tcg_log *log, const struct tcg_event *event,
                             enum tcg_hash hash);

struct ima_entry {
    uint32_t reg;
    struct view template_hash; /* IMA_SHA1_SIZE */
    struct view name;          /* of the template */
    struct view data;          /* of it; from text: in the room given */
    bool violation;            /* the hash is zeros: the file changed while it was measured */
};

/* One binary entry; fails the reader. */
struct ima_entry ima_entry_take(struct reader *r);
/* One line of text, templates ima-ng and ima-sig; its data and hash are built in room. */
struct ima_entry ima_line_take(struct reader *r, struct writer *room);
/* Of an entry of a template that begins as ima-ng: digest and path; false: it does not. */
bool ima_entry_decode(const struct ima_entry *entry, struct view *ret_digest, struct view *ret_path)
    __attribute__((warn_unused_result));

#endif
