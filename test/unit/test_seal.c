/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * Sealed data: its format, what other implementations wrote, and the enclave's functions against a
 * hostile host. Enclave runtime and device code are threads of one process.
 */
#include "device_rig.h"
#include "fault.h"
#include "secgear_dataseal.h"
#include "secgear_identity.h"
#include "sealing.h"
#include <stdio.h>
#include <string.h>

enum { VALUE_ROOM = 1024 };

struct value {
    uint8_t bytes[VALUE_ROOM];
    uint32_t size;
};

static struct value vector_read(const char *name)
{
    FILE *file = fopen("test/vectors/seal.txt", "r");
    char line[2 * VALUE_ROOM + 64];
    struct value value = {.size = UINT32_MAX};

    ck_assert_msg(file != NULL, "run in the top folder");
    while (fgets(line, sizeof line, file) != NULL) {
        char *space = strchr(line, ' ');

        line[strcspn(line, "\n")] = '\0';
        if (space == NULL)
            continue;
        *space = '\0';
        if (strcmp(line, name) != 0)
            continue;
        value.size = (uint32_t)strlen(space + 1) / 2;
        ck_assert(hex_parse(space + 1, value.bytes, value.size));
    }
    fclose(file);
    ck_assert_msg(value.size != UINT32_MAX, "no %s", name);
    return value;
}

static void value_copy(const char *name, void *to, size_t size)
{
    struct value value = vector_read(name);

    ck_assert_uint_eq(value.size, size);
    memcpy(to, value.bytes, size);
}

/* The device and the enclave of the vectors. */
static void start(void)
{
    static const cc_enclave_image_t image = {.version = CC_ENCLAVE_IMAGE_VERSION,
                                             .size = sizeof image};

    value_copy("root", rig_root.bytes, sizeof rig_root.bytes);
    value_copy("device_id", rig_device.keys.device_id, sizeof rig_device.keys.device_id);
    value_copy("mrenclave", rig_enclave.identity.mrenclave, 32);
    value_copy("mrsigner", rig_enclave.identity.mrsigner, 32);
    rig_start(&image);
}

static cc_enclave_result_t open_copy(const struct value *sealed, struct value *plain,
                                     struct value *text)
{
    plain->size = text->size = VALUE_ROOM;
    return cc_enclave_unseal_data((const cc_enclave_sealed_data_t *)sealed->bytes, plain->bytes,
                                  &plain->size, text->bytes, &text->size);
}

static struct value seal_one(cc_seal_policy_t policy)
{
    cc_seal_input_t input = {policy, (const uint8_t *)"secret", 6, (const uint8_t *)"label", 5};
    struct value sealed = {.size = cc_enclave_get_sealed_data_size(5, 6)};

    ck_assert_int_eq(
        cc_enclave_seal_data_ex(&input, (cc_enclave_sealed_data_t *)sealed.bytes, sealed.size),
        CC_SUCCESS);
    return sealed;
}

START_TEST(unseal_opens_the_data_of_every_version_and_of_other_implementations)
{
    static const char *const names[] = {"v1_signer", "v1_enclave", "v1_older"};
    struct value plain, text;
    char name[64];

    start();
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct value sealed, expected;

        snprintf(name, sizeof name, "%s_sealed", names[i]);
        sealed = vector_read(name);
        ck_assert_int_eq(open_copy(&sealed, &plain, &text), CC_SUCCESS);
        snprintf(name, sizeof name, "%s_plain", names[i]);
        expected = vector_read(name);
        ck_assert_uint_eq(plain.size, expected.size);
        ck_assert_mem_eq(plain.bytes, expected.bytes, plain.size);
        snprintf(name, sizeof name, "%s_text", names[i]);
        expected = vector_read(name);
        ck_assert_uint_eq(text.size, expected.size);
        ck_assert_mem_eq(text.bytes, expected.bytes, text.size);
    }
}
END_TEST

START_TEST(seal_round_trips_and_never_writes_the_same_twice)
{
    struct value plain, text, one, two;

    start();
    for (int policy = CC_SEAL_POLICY_MRENCLAVE; policy <= CC_SEAL_POLICY_MRSIGNER; policy++) {
        one = seal_one((cc_seal_policy_t)policy);
        two = seal_one((cc_seal_policy_t)policy);
        ck_assert_mem_ne(one.bytes + 80, two.bytes + 80, 44);   /* salt and nonce */
        ck_assert_mem_ne(one.bytes + 129, two.bytes + 129, 22); /* tag and ciphertext */
        ck_assert_int_eq(open_copy(&one, &plain, &text), CC_SUCCESS);
        ck_assert_uint_eq(plain.size, 6);
        ck_assert_mem_eq(plain.bytes, "secret", 6);
        ck_assert_uint_eq(text.size, 5);
        ck_assert_mem_eq(text.bytes, "label", 5);
    }
}
END_TEST

START_TEST(seal_refuses_what_it_can_not_do_and_writes_nothing)
{
    static uint8_t room[512], before[512];
    cc_enclave_sealed_data_t *out = (void *)room;
    const uint8_t *in = (const uint8_t *)"x";
    cc_seal_input_t odd = {(cc_seal_policy_t)3, in, 1, NULL, 0};

    start();
    memset(room, 0x77, sizeof room);
    memcpy(before, room, sizeof room);
    ck_assert_int_eq(cc_enclave_seal_data(NULL, 1, out, 512, NULL, 0), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(cc_enclave_seal_data(in, 0, out, 512, NULL, 0), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(cc_enclave_seal_data(in, 1, NULL, 512, NULL, 0), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(cc_enclave_seal_data(in, 1, out, 0, NULL, 0), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(cc_enclave_seal_data(in, 1, out, 512, NULL, 1), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(cc_enclave_seal_data(in, 1, out, 140, NULL, 0), CC_ERROR_SHORT_BUFFER);
    ck_assert_int_eq(cc_enclave_seal_data(in, 1, out, 512, in, UINT32_MAX), CC_ERROR_SHORT_BUFFER);
    ck_assert_int_eq(cc_enclave_seal_data(room + 100, 1, out, 512, NULL, 0),
                     CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(cc_enclave_seal_data_ex(&odd, out, 512), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(cc_enclave_seal_data_ex(NULL, out, 512), CC_ERROR_BAD_PARAMETERS);
    ck_assert_mem_eq(room, before, sizeof room);
    ck_assert_int_eq(cc_enclave_seal_data(in, 1, out, 141, NULL, 0), CC_SUCCESS);
    ck_assert_uint_eq(out->data_body_len, 141);
    ck_assert_uint_eq(cc_enclave_get_sealed_data_size(0, UINT32_MAX), UINT32_MAX);
    ck_assert_uint_eq(cc_enclave_get_sealed_data_size(UINT32_MAX, UINT32_MAX), UINT32_MAX);
    ck_assert_uint_eq(cc_enclave_get_sealed_data_size(0, UINT32_MAX - 141), UINT32_MAX - 1);
}
END_TEST

START_TEST(unseal_says_how_much_room_it_takes)
{
    struct value sealed, plain;
    const cc_enclave_sealed_data_t *in = (const void *)sealed.bytes;
    uint32_t size = 5, text_size = 5;
    uint8_t text[5];

    start();
    sealed = seal_one(CC_SEAL_POLICY_MRSIGNER);
    ck_assert_uint_eq(cc_enclave_get_encrypted_text_size(in), 6);
    ck_assert_uint_eq(cc_enclave_get_add_text_size(in), 5);
    ck_assert_int_eq(cc_enclave_unseal_data(in, plain.bytes, &size, text, &text_size),
                     CC_ERROR_SHORT_BUFFER);
    ck_assert_uint_eq(size, 6);
    text_size = 4;
    ck_assert_int_eq(cc_enclave_unseal_data(in, plain.bytes, &size, text, &text_size),
                     CC_ERROR_SHORT_BUFFER);
    ck_assert_uint_eq(text_size, 5);
    ck_assert_int_eq(cc_enclave_unseal_data(in, plain.bytes, &size, NULL, &text_size),
                     CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(cc_enclave_unseal_data(in, NULL, &size, text, &text_size),
                     CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(cc_enclave_unseal_data(NULL, plain.bytes, &size, text, &text_size),
                     CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(cc_enclave_unseal_data(in, (uint8_t *)sealed.bytes, &size, text, &text_size),
                     CC_ERROR_BAD_PARAMETERS); /* over itself */
    ck_assert_int_eq(cc_enclave_unseal_data(in, plain.bytes, &size, text, &text_size), CC_SUCCESS);
    ck_assert_uint_eq(cc_enclave_get_encrypted_text_size(NULL), UINT32_MAX);
    ck_assert_uint_eq(cc_enclave_get_add_text_size(NULL), UINT32_MAX);
    sealed.bytes[4] ^= 1;
    ck_assert_uint_eq(cc_enclave_get_add_text_size(in), UINT32_MAX);
}
END_TEST

/* Also the attack on the header: whatever it claims, the key is that of who we are. */
START_TEST(unseal_refuses_each_flipped_bit)
{
    struct value sealed, plain, text;

    start();
    sealed = seal_one(CC_SEAL_POLICY_MRSIGNER);
    for (size_t bit = 32; bit < 8 * (size_t)sealed.size; bit++) {
        cc_enclave_result_t rc;

        sealed.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        rc = open_copy(&sealed, &plain, &text);
        ck_assert_msg(rc != CC_SUCCESS, "bit %zu", bit);
        ck_assert_mem_ne(plain.bytes, "secret", 6);
        sealed.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    ck_assert_int_eq(open_copy(&sealed, &plain, &text), CC_SUCCESS);
}
END_TEST

static cc_enclave_result_t open_with(struct value sealed, size_t at, uint8_t with)
{
    struct value plain, text;

    sealed.bytes[at] = with;
    return open_copy(&sealed, &plain, &text);
}

START_TEST(unseal_says_why_it_does_not_open)
{
    struct value sealed;

    start();
    sealed = seal_one(CC_SEAL_POLICY_MRSIGNER);
    ck_assert_int_eq(open_with(sealed, 12, 2), CC_ERROR_BAD_FORMAT);
    ck_assert_int_eq(open_with(sealed, 14, 3), CC_ERROR_BAD_FORMAT);
    ck_assert_int_eq(open_with(sealed, 14, 1), CC_ERROR_ACCESS_DENIED);
    ck_assert_int_eq(open_with(sealed, 15, 1), CC_ERROR_ACCESS_DENIED);
    ck_assert_int_eq(open_with(sealed, 16, 8), CC_ERROR_ACCESS_DENIED);
    ck_assert_int_eq(open_with(sealed, 18, 4), CC_ERROR_INVALID_ISVSVN);
    ck_assert_int_eq(open_with(sealed, 18, 2), CC_ERROR_MAC_INVALID);
    ck_assert_int_eq(open_with(sealed, 20, 2), CC_ERROR_INVALID_CPUSVN);
    ck_assert_int_eq(open_with(sealed, 32, (uint8_t)~sealed.bytes[32]), CC_ERROR_ACCESS_DENIED);
    ck_assert_int_eq(open_with(sealed, 48, (uint8_t)~sealed.bytes[48]), CC_ERROR_ACCESS_DENIED);
    ck_assert_int_eq(open_with(sealed, 130, (uint8_t)~sealed.bytes[130]), CC_ERROR_MAC_INVALID);
}
END_TEST

START_TEST(check_knows_exactly_one_size)
{
    struct value sealed;

    start();
    sealed = seal_one(CC_SEAL_POLICY_MRENCLAVE);
    for (size_t size = 0; size < VALUE_ROOM; size++)
        ck_assert_int_eq(cc_enclave_check_sealed_data(sealed.bytes, size),
                         size == sealed.size ? CC_SUCCESS : CC_ERROR_BAD_FORMAT);
    ck_assert_int_eq(cc_enclave_check_sealed_data(NULL, 141), CC_ERROR_BAD_PARAMETERS);
    for (uint32_t size = 0; size < sealed.size; size++) { /* and what claims less is no data */
        memcpy(sealed.bytes, &size, sizeof size);
        ck_assert_uint_eq(cc_enclave_get_encrypted_text_size((void *)sealed.bytes), UINT32_MAX);
    }
}
END_TEST

/* The host changes the header while it is authenticated: in its memory there is nothing to change
 * before all is done. And of data in its memory one copy is judged and opened. */
START_TEST(sealing_in_and_from_shared_memory_works_on_a_copy)
{
    struct value plain = {.size = VALUE_ROOM}, text = {.size = VALUE_ROOM};
    cc_enclave_sealed_data_t *shared;
    uint32_t lie = UINT32_MAX;

    start();
    shared = (void *)((uint8_t *)harness_instance()->window + harness_layout()->heap);
    ck_assert_int_eq(cc_enclave_seal_data((const uint8_t *)"secret", 6, shared, 512,
                                          (const uint8_t *)"label", 5),
                     CC_SUCCESS);
    ck_assert_int_eq(
        cc_enclave_unseal_data(shared, plain.bytes, &plain.size, text.bytes, &text.size),
        CC_SUCCESS);
    ck_assert_mem_eq(plain.bytes, "secret", 6);
    memcpy(shared, &lie, sizeof lie); /* out of the window's end */
    ck_assert_int_eq(
        cc_enclave_unseal_data(shared, plain.bytes, &plain.size, text.bytes, &text.size),
        CC_ERROR_BAD_FORMAT);
}
END_TEST

START_TEST(sealing_survives_each_failed_allocation)
{
    struct value sealed, plain = {.size = VALUE_ROOM}, text = {.size = VALUE_ROOM};
    void *shared;
    unsigned failed = 0;

    if (!fault_available())
        TEST_SKIP("malloc is the sanitizer's own");
    start();
    sealed = seal_one(CC_SEAL_POLICY_MRSIGNER);
    shared = (uint8_t *)harness_instance()->window + harness_layout()->heap;
    memcpy(shared, sealed.bytes, sealed.size);
    for (unsigned nth = 1;; nth++) {
        cc_enclave_result_t rc;

        fault_arm(nth);
        rc = cc_enclave_unseal_data(shared, plain.bytes, &plain.size, text.bytes, &text.size);
        if (!fault_disarm())
            break;
        ck_assert_int_eq(rc, CC_ERROR_OUT_OF_MEMORY);
        failed++;
    }
    ck_assert_uint_ge(failed, 1);
    ck_assert_int_eq(open_copy(&sealed, &plain, &text), CC_SUCCESS);
}
END_TEST

START_TEST(device_gives_no_key_of_a_higher_svn)
{
    struct device_message ask = {.type = DEVICE_SEAL_KEY, .numbers = {2, 4, 1}};
    static const struct {
        uint64_t numbers[3];
        cc_enclave_result_t code;
    } rows[] = {{{2, 3, 1}, CC_SUCCESS},
                {{1, 0, 0}, CC_SUCCESS},
                {{2, 4, 1}, CC_ERROR_INVALID_ISVSVN},
                {{2, 0x10003, 1}, CC_ERROR_INVALID_ISVSVN},
                {{2, 3, 2}, CC_ERROR_INVALID_CPUSVN},
                {{0, 3, 1}, CC_ERROR_BAD_PARAMETERS},
                {{3, 3, 1}, CC_ERROR_BAD_PARAMETERS}};
    static struct link_packet packet;
    int pair[2];

    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
    rig_enclave.control.fd = pair[0];
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        memcpy(ask.numbers, rows[i].numbers, sizeof rows[i].numbers);
        ck_assert(enclave_serve(&rig_device, &rig_enclave, &ask));
        ck_assert_int_eq(link_recv(pair[1], &packet), LINK_OK);
        ck_assert_uint_eq(packet.message.numbers[0], (uint64_t)rows[i].code);
        ck_assert_uint_eq(packet.message.bytes.size, rows[i].code == CC_SUCCESS ? 32 : 0);
    }
    rig_enclave.state = ENCLAVE_STARTING; /* constructors get no keys */
    ck_assert(enclave_serve(&rig_device, &rig_enclave, &ask));
    ck_assert_int_eq(link_recv(pair[1], &packet), LINK_OK);
    ck_assert_uint_eq(packet.message.numbers[0], (uint64_t)CC_ERROR_BAD_STATE);
}
END_TEST

START_TEST(seal_keys_differ_by_each_field_of_their_origin)
{
    const struct seal_origin base = {.policy = SEAL_POLICY_MRSIGNER, .prod_id = 7, .svn = 3};
    struct seal_origin origins[7] = {base, base, base, base, base, base, base};
    struct secret keys[8], other = {{1}};
    struct value expected = vector_read("v1_signer_key");
    struct seal_origin vector = base;

    origins[1].policy = SEAL_POLICY_MRENCLAVE;
    origins[2].debug = true;
    origins[3].measurement[31] = 1;
    origins[4].prod_id = 8;
    origins[5].svn = 4;
    origins[6].tcb_svn = 1;
    for (size_t i = 0; i < 7; i++)
        ck_assert(seal_key_derive(&rig_root, &origins[i], &keys[i]));
    ck_assert(seal_key_derive(&other, &base, &keys[7]));
    for (size_t i = 0; i < 8; i++)
        for (size_t j = 0; j < i; j++)
            ck_assert_mem_ne(keys[i].bytes, keys[j].bytes, 32);
    value_copy("root", rig_root.bytes, 32);
    value_copy("mrsigner", vector.measurement, 32);
    vector.tcb_svn = 1;
    ck_assert(seal_key_derive(&rig_root, &vector, &keys[0]));
    ck_assert_mem_eq(keys[0].bytes, expected.bytes, 32);
}
END_TEST

START_TEST(seal_decode_reads_all_fields_and_leaves_output_alone_on_error)
{
    struct value sealed = vector_read("v1_signer_sealed"), id = vector_read("device_id");
    struct seal seal, before;

    ck_assert_int_eq(seal_decode(view_of(sealed.bytes, sealed.size), &seal), CC_SUCCESS);
    ck_assert_int_eq(seal.header.policy, SEAL_POLICY_MRSIGNER);
    ck_assert(!seal.header.debug);
    ck_assert_uint_eq(seal.header.prod_id, 7);
    ck_assert_uint_eq(seal.header.svn, 3);
    ck_assert_uint_eq(seal.header.tcb_svn, 1);
    ck_assert_mem_eq(seal.header.device_id, id.bytes, 16);
    ck_assert_uint_eq(seal.aad.size, 20);
    ck_assert_uint_eq(seal.cipher.size, 34);
    memset(&seal, 0x55, sizeof seal);
    memcpy(&before, &seal, sizeof seal);
    for (size_t size = 0; size < sealed.size; size++)
        ck_assert_int_eq(seal_decode(view_of(sealed.bytes, size), &seal), CC_ERROR_BAD_FORMAT);
    ck_assert_mem_eq(&seal, &before, sizeof seal);
}
END_TEST

START_TEST(identity_says_who_the_enclave_is)
{
    cc_enclave_identity_t identity;

    rig_enclave.debug = true;
    memset(rig_enclave.identity.uuid.bytes, 0x21, 16);
    start();
    ck_assert_int_eq(cc_enclave_get_identity(NULL), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(cc_enclave_get_identity(&identity), CC_SUCCESS);
    ck_assert_uint_eq(identity.prod_id, 7);
    ck_assert_uint_eq(identity.svn, 3);
    ck_assert_uint_eq(identity.tcb_svn, DEVICE_TCB_SVN);
    ck_assert(identity.debug);
    ck_assert_uint_eq(identity.level, 1);
    ck_assert_mem_eq(identity.uuid, rig_enclave.identity.uuid.bytes, 16);
    ck_assert_mem_eq(identity.mrsigner, rig_enclave.identity.mrsigner, 32);
    ck_assert_mem_eq(identity.mrenclave, rig_enclave.identity.mrenclave, 32);
    ck_assert_mem_eq(identity.device_id, rig_device.keys.device_id, 16);
}
END_TEST

START_TEST(sealing_without_a_device_is_an_error)
{
    static const cc_enclave_image_t image = {.version = CC_ENCLAVE_IMAGE_VERSION,
                                             .size = sizeof image};
    cc_enclave_identity_t identity;
    uint8_t room[256];

    harness_start(&image);
    ck_assert_int_eq(cc_enclave_get_identity(&identity), CC_ERROR_COMMUNICATION);
    ck_assert_int_eq(cc_enclave_seal_data((const uint8_t *)"x", 1, (void *)room, 256, NULL, 0),
                     CC_ERROR_COMMUNICATION);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("libsecgear_trts/seal");
    TCase *tcase = tcase_of(suite, "seal");

    tcase_add_test(tcase, unseal_opens_the_data_of_every_version_and_of_other_implementations);
    tcase_add_test(tcase, seal_round_trips_and_never_writes_the_same_twice);
    tcase_add_test(tcase, seal_refuses_what_it_can_not_do_and_writes_nothing);
    tcase_add_test(tcase, unseal_says_how_much_room_it_takes);
    tcase_add_test(tcase, unseal_refuses_each_flipped_bit);
    tcase_add_test(tcase, unseal_says_why_it_does_not_open);
    tcase_add_test(tcase, check_knows_exactly_one_size);
    tcase_add_test(tcase, sealing_in_and_from_shared_memory_works_on_a_copy);
    tcase_add_test(tcase, sealing_survives_each_failed_allocation);
    tcase_add_test(tcase, device_gives_no_key_of_a_higher_svn);
    tcase_add_test(tcase, seal_keys_differ_by_each_field_of_their_origin);
    tcase_add_test(tcase, seal_decode_reads_all_fields_and_leaves_output_alone_on_error);
    tcase_add_test(tcase, identity_says_who_the_enclave_is);
    tcase_add_test(tcase, sealing_without_a_device_is_an_error);
    return suite_main(suite);
}
