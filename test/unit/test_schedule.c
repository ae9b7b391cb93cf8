/* SPDX-License-Identifier: MulanPSL-2.0 */
/* Against test/vectors/sc2.txt, which another implementation computed. */
#include "channel/schedule.h"
#include "channel/session.h"
#include "crypto/ecdh.h"
#include "support.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { VALUE_ROOM = 1024 };

struct value {
    uint8_t bytes[VALUE_ROOM];
    size_t size;
};

/* The value called name behind the line "suite <suite>". */
static struct value vector_read(const char *suite, const char *name)
{
    FILE *file = fopen("test/vectors/sc2.txt", "r");
    char line[2 * VALUE_ROOM + 64], mark[32];
    struct value value = {.size = 0};
    bool inside = false;

    ck_assert_msg(file != NULL, "run in the top folder");
    snprintf(mark, sizeof mark, "suite %s", suite);
    while (fgets(line, sizeof line, file) != NULL) {
        char *space = strchr(line, ' ');

        line[strcspn(line, "\n")] = '\0';
        if (strncmp(line, "suite ", 6) == 0)
            inside = strcmp(line, mark) == 0;
        if (!inside || space == NULL || (size_t)(space - line) != strlen(name) ||
            strncmp(line, name, strlen(name)) != 0)
            continue;
        value.size = strlen(space + 1) / 2;
        ck_assert(hex_parse(space + 1, value.bytes, value.size));
    }
    fclose(file);
    ck_assert_msg(value.size > 0, "no %s for suite %s", name, suite);
    return value;
}

static const char *const suites[] = {"0001", "0002"};

static struct view body_of(const struct value *value, enum sc2_type type)
{
    struct sc2_message m;

    ck_assert_int_eq(sc2_message_decode(view_of(value->bytes, value->size), &m), CC_SUCCESS);
    ck_assert_int_eq(m.type, type);
    return m.body;
}

/* Runs the schedule over the messages of the vectors and checks each output on the way. */
static void schedule_run(const char *suite, struct traffic_keys *ret_keys)
{
    struct value hello = vector_read(suite, "hello"), hello_rsp = vector_read(suite, "hello_rsp");
    struct value finish = vector_read(suite, "finish"), ack = vector_read(suite, "finish_rsp");
    struct value shared = vector_read(suite, "shared"), user = vector_read(suite, "user_data");
    struct value auth = vector_read(suite, "client_auth");
    struct value client = vector_read(suite, "client_user_data");
    uint8_t mac[SC2_MAC_SIZE], user_data[SCHEDULE_USER_DATA_SIZE];
    uint8_t client_auth[SCHEDULE_CLIENT_AUTH_SIZE];
    struct sc2_hello_rsp rsp;
    struct sc2_finish fin;
    struct schedule s;
    struct secret z;

    ck_assert_uint_eq(shared.size, sizeof z.bytes);
    memcpy(z.bytes, shared.bytes, sizeof z.bytes);
    ck_assert_int_eq(sc2_hello_rsp_decode(body_of(&hello_rsp, SC2_HELLO_RSP), &rsp), CC_SUCCESS);
    ck_assert_int_eq(sc2_finish_decode(body_of(&finish, SC2_FINISH), &fin), CC_SUCCESS);

    ck_assert(schedule_start(&s, body_of(&hello, SC2_HELLO), rsp.head, VIEW_OF(z.bytes)));
    ck_assert(schedule_user_data(&s, user_data));
    ck_assert(view_equal(VIEW_OF(user_data), view_of(user.bytes, user.size)));
    ck_assert(schedule_evidence(&s, rsp.evidence));
    ck_assert(schedule_client_auth(&s, client_auth));
    ck_assert(view_equal(VIEW_OF(client_auth), view_of(auth.bytes, auth.size)));
    ck_assert(schedule_client_user_data(&s, user_data));
    ck_assert(view_equal(VIEW_OF(user_data), view_of(client.bytes, client.size)));
    ck_assert(schedule_fin_s(&s, mac));
    ck_assert(view_equal(VIEW_OF(mac), rsp.fin_s));
    ck_assert(schedule_finish(&s, rsp.fin_s, fin.head));
    ck_assert(schedule_fin_c(&s, mac));
    ck_assert(view_equal(VIEW_OF(mac), fin.fin_c));
    ck_assert(schedule_ack(&s, fin.fin_c, mac));
    ck_assert(view_equal(VIEW_OF(mac), body_of(&ack, SC2_FINISH_RSP)));
    ck_assert(schedule_keys(&s, ret_keys));
}

static void direction_is(const struct traffic_key *key, const struct value *known)
{
    ck_assert_uint_eq(known->size, sizeof key->key + sizeof key->iv);
    ck_assert_mem_eq(key->key, known->bytes, sizeof key->key);
    ck_assert_mem_eq(key->iv, known->bytes + sizeof key->key, sizeof key->iv);
}

START_TEST(schedule_gives_the_known_answers)
{
    struct value c2s = vector_read(suites[_i], "key_c2s"), s2c = vector_read(suites[_i], "key_s2c");
    struct traffic_keys keys;

    schedule_run(suites[_i], &keys);
    direction_is(&keys.to_enclave, &c2s);
    direction_is(&keys.to_client, &s2c);
    traffic_keys_wipe(&keys);
}
END_TEST

START_TEST(exporter_gives_the_known_answer)
{
    struct value known = vector_read(suites[_i], "export_48");
    uint8_t out[48];
    struct traffic_keys keys;

    schedule_run(suites[_i], &keys);
    ck_assert_uint_eq(known.size, sizeof out);
    ck_assert(export_derive(HASH_SHA256, &keys.exporter, view_text("accounts of x1"),
                            view_text("some context"), out, sizeof out));
    ck_assert_mem_eq(out, known.bytes, sizeof out);
    ck_assert(!export_derive(HASH_SHA256, &keys.exporter, VIEW_EMPTY, VIEW_EMPTY, out, sizeof out));
    traffic_keys_wipe(&keys);
}
END_TEST

/* Two records in epoch 0 and one in epoch 1 of each direction. */
START_TEST(session_turns_to_the_known_epoch)
{
    const struct session_limits limits = {.epoch_records = _i == 0 ? 2 : 1};
    struct value known[] = {vector_read("0001", "record_c2s_epoch1"),
                            vector_read("0001", "record_s2c_epoch1")};
    const char *texts[] = {"after the turn", "here, too"};
    uint8_t record[100], plain[100];
    struct traffic_keys keys;
    struct session ends[2];

    schedule_run("0001", &keys);
    for (int i = 0; i < 2; i++)
        ck_assert(session_init(&ends[i], i == 0 ? SESSION_CLIENT : SESSION_ENCLAVE,
                               UINT64_C(0x1122334455667788), &keys, &limits));
    for (uint64_t i = 0; i <= limits.epoch_records; i++) {
        bool last = i == limits.epoch_records;
        size_t size = sizeof record, plain_size = sizeof plain;

        ck_assert_int_eq(
            session_seal(&ends[_i], view_text(last ? texts[_i] : "before"), record, &size),
            CC_SUCCESS);
        if (last)
            ck_assert(view_equal(view_of(record, size), view_of(known[_i].bytes, known[_i].size)));
        ck_assert_int_eq(session_open(&ends[1 - _i], view_of(record, size), plain, &plain_size),
                         CC_SUCCESS);
    }
    session_done(&ends[0]);
    session_done(&ends[1]);
}
END_TEST

START_TEST(session_seals_the_known_records)
{
    static const char *const names[] = {"record_c2s_0", "record_c2s_1"};
    uint8_t plain[2][100] = {"first from the client"}, record[200], back[100];
    const size_t sizes[] = {strlen("first from the client"), 100};
    struct value destroy = vector_read(suites[_i], "destroy");
    struct session client, enclave;
    struct traffic_keys keys;

    for (uint8_t i = 0; i < 100; i++)
        plain[1][i] = i;
    schedule_run(suites[_i], &keys);
    ck_assert(session_init(&client, SESSION_CLIENT, UINT64_C(0x1122334455667788), &keys, NULL));
    ck_assert(session_init(&enclave, SESSION_ENCLAVE, UINT64_C(0x1122334455667788), &keys, NULL));
    for (size_t i = 0; i < 2; i++) {
        struct value known = vector_read(suites[_i], names[i]);
        size_t size = sizeof record, back_size = sizeof back;

        ck_assert_int_eq(session_seal(&client, view_of(plain[i], sizes[i]), record, &size),
                         CC_SUCCESS);
        ck_assert(view_equal(view_of(record, size), view_of(known.bytes, known.size)));
        ck_assert_int_eq(session_open(&enclave, view_of(record, size), back, &back_size),
                         CC_SUCCESS);
        ck_assert(view_equal(view_of(back, back_size), view_of(plain[i], sizes[i])));
    }
    ck_assert_int_eq(session_seal_close(&client, record), CC_SUCCESS);
    ck_assert(
        view_equal(view_of(record, SC2_RECORD_OVERHEAD_SIZE), body_of(&destroy, SC2_DESTROY)));
    ck_assert_int_eq(session_open_close(&enclave, view_of(record, SC2_RECORD_OVERHEAD_SIZE)),
                     CC_SUCCESS);
    session_done(&client);
    session_done(&enclave);
}
END_TEST

START_TEST(schedule_refuses_steps_out_of_order)
{
    uint8_t out[SCHEDULE_USER_DATA_SIZE];
    struct secret z = {{1}};
    struct traffic_keys keys;
    struct schedule s;

    ck_assert(schedule_start(&s, view_text("hello"), view_text("head"), VIEW_OF(z.bytes)));
    ck_assert(!schedule_fin_s(&s, out));
    ck_assert(!schedule_finish(&s, view_of(out, SC2_MAC_SIZE), VIEW_EMPTY));
    ck_assert(!schedule_fin_c(&s, out));
    ck_assert(schedule_evidence(&s, view_text("evidence")));
    ck_assert(!schedule_user_data(&s, out));
    ck_assert(!schedule_evidence(&s, view_text("evidence")));
    ck_assert(!schedule_finish(&s, view_of(out, SC2_MAC_SIZE - 1), VIEW_EMPTY));
    ck_assert(schedule_finish(&s, view_of(out, SC2_MAC_SIZE), VIEW_EMPTY));
    ck_assert(!schedule_fin_s(&s, out));
    ck_assert(schedule_keys(&s, &keys));
    ck_assert(!schedule_keys(&s, &keys));
}
END_TEST

START_TEST(schedule_leaves_no_secret_behind)
{
    static const uint8_t zero[sizeof(struct schedule) + sizeof(struct traffic_keys)];
    struct secret z = {{1}};
    struct traffic_keys keys;
    struct schedule s;

    ck_assert(schedule_start(&s, view_text("hello"), view_text("head"), VIEW_OF(z.bytes)));
    ck_assert(!schedule_keys(&s, &keys)); /* out of order: wiped all the same */
    ck_assert_mem_eq(&s, zero, sizeof s);
    ck_assert_mem_eq(&keys, zero, sizeof keys);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("channel/schedule");
    TCase *tcase = tcase_of(suite, "schedule");

    tcase_add_loop_test(tcase, schedule_gives_the_known_answers, 0, 2);
    tcase_add_loop_test(tcase, exporter_gives_the_known_answer, 0, 2);
    tcase_add_loop_test(tcase, session_seals_the_known_records, 0, 2);
    tcase_add_loop_test(tcase, session_turns_to_the_known_epoch, 0, 2);
    tcase_add_test(tcase, schedule_refuses_steps_out_of_order);
    tcase_add_test(tcase, schedule_leaves_no_secret_behind);
    return suite_main(suite);
}
