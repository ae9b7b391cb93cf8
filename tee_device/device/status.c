/* SPDX-License-Identifier: MulanPSL-2.0 */
/* What the device says about itself: root hears about everybody, others about their own. */
#include "base/detail.h"
#include "device.h"
#include "io/pidfd.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Bytes that it has for itself or shares with its host. */
static uint64_t enclave_memory(const struct enclave *enclave)
{
    static const char *const fields[] = {"RssAnon:", "RssShmem:"};
    char path[64], line[128];
    uint64_t kib = 0;
    long pid = enclave->exit.fd >= 0 ? pidfd_process(enclave->exit.fd) : 0;
    FILE *file;

    if (pid == 0)
        return 0;
    snprintf(path, sizeof path, "/proc/%ld/status", pid);
    file = fopen(path, "re");
    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
            if (strncmp(line, fields[i], strlen(fields[i])) == 0)
                kib += strtoul(line + strlen(fields[i]), NULL, 10);
    if (file != NULL)
        fclose(file);
    return kib * 1024;
}

/* Whether who asks may hear about this user's enclaves. */
static bool is_shown(const struct tenant *asker, const struct tenant *tenant)
{
    return asker == tenant || asker->uid == 0;
}

static void counts_fill(const struct device *device, const struct tenant *asker, uint64_t *numbers)
{
    for (const struct tenant *t = device->tenants; t != NULL; t = t->next) {
        if (!is_shown(asker, t))
            continue;
        numbers[3] += t->created_count;
        numbers[4] += t->report_count;
        numbers[6] += t->ended_calls;
    }
    for (const struct enclave *e = device->enclaves; e != NULL; e = e->next) {
        if (e->state != ENCLAVE_RUNNING || !is_shown(asker, e->tenant))
            continue;
        numbers[2]++;
        numbers[5] += enclave_memory(e);
        numbers[6] += enclave_calls(e);
    }
}

void connection_status(struct device *device, struct connection *connection)
{
    const struct tenant *asker = connection->tenant;
    uint8_t bytes[DEVICE_STATUS_MAX_SIZE], mrtcb[TCB_HASH_SIZE];
    struct writer w = writer_over(bytes, sizeof bytes);
    struct view folder = view_text(device->state_folder);
    struct device_message status = {
        .type = DEVICE_STATUS_IS,
        .numbers = {device->level, tenant_protections(device, asker), 0, 0, 0, 0, 0,
                    asker->uid == 0 && device->listener.fd >= 0},
    };

    connection->status_asked = false;
    if (!tcb_measure(&device->tcb, mrtcb)) {
        connection_fail(connection, CC_ERROR_GENERIC, "device: its libraries can not be measured");
        return;
    }
    counts_fill(device, asker, status.numbers);
    if (folder.size > DEVICE_STATUS_FOLDER_MAX)
        folder.size = DEVICE_STATUS_FOLDER_MAX;
    writer_put(&w, VIEW_OF(device->keys.device_id));
    writer_put(&w, VIEW_OF(mrtcb));
    writer_le16(&w, (uint16_t)folder.size);
    writer_put(&w, folder);
    if (device->states_text[0] != '\0') { /* with what is missing here, for people */
        writer_put(&w, view_text("pretends "));
        writer_put(&w, view_text(device->states_text));
        writer_put(&w, view_text(asker->missing[0] != '\0' ? "; " : ""));
    }
    writer_put(&w, view_text(asker->missing));
    status.bytes = writer_view(&w);
    link_try_send(connection->source.fd, &status, NULL);
}

void connections_answer_status(struct device *device, const struct tenant *tenant)
{
    for (struct connection *c = device->connections; c != NULL; c = c->next)
        if (c->status_asked && c->tenant == tenant)
            connection_status(device, c);
}
