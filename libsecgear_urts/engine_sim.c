/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "engine_sim.h"
#include "image_path.h"
#include "base/detail.h"
#include "base/sink.h"
#include "call.h"
#include "crash.h"
#include "enclave_features.h"
#include "protections.h"
#include "shared.h"
#include "switchless.h"
#include "trace.h"
#include "io/link.h"
#include "io/sealed.h"
#include "io/way.h"
#include "wire/encrypted_image.h"
#include "wire/report.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/utsname.h>
#include <unistd.h>

enum {
    ANSWER_TIMEOUT_MS = 30000, /* the device answers in 10 s even when an enclave hangs */
    TOOL_TIMEOUT_MS = 180000,  /* or in 150, when enclaves run under a tool (io/start.h) */
    DESTROY_WAIT_DEFAULT_MS = 5000,
    PROCESS_END_MS = 1000, /* it is killed already */
    ADDRESS_TRIES = 64,
};

/* Windows lie at addresses that both processes have free; the kernel gives such to nobody else. */
#define ADDRESS_BASE UINT64_C(0x200000000000)
#define ADDRESS_END UINT64_C(0x500000000000)
#define ADDRESS_STEP (UINT64_C(1) << 30)
#if defined(__SANITIZE_THREAD__) /* it refuses every address but the kernel's own choice */
#define ADDRESS_IS_HINTED(tried) ((void)(tried), false)
#else
#define ADDRESS_IS_HINTED(tried) ((tried) < ADDRESS_TRIES / 2)
#endif

static struct {
    pthread_mutex_t lock;
    struct device_way way;
    unsigned process; /* that it serves */
    uint64_t number;  /* of the one at the end of the way: they are counted */
    uint64_t next_address;
    _Atomic uint64_t ended; /* the last one that did */
    bool fork_heard;
} device = {.lock = PTHREAD_MUTEX_INITIALIZER, .way = {.link = -1}, .next_address = ADDRESS_BASE};

struct watch {
    int link; /* owned */
    uint64_t number;
};

/* A device is only started when those before it are gone. */
static void device_note_end(uint64_t number)
{
    uint64_t ended = atomic_load(&device.ended);

    while (ended < number && !atomic_compare_exchange_weak(&device.ended, &ended, number))
        ;
}

/* Sleeps until the device ends; then callers, who wait without a timeout, must be told. */
static void *device_watch(void *arg)
{
    struct watch *watch = arg;
    struct pollfd link = {.fd = watch->link, .events = 0};

    while (poll(&link, 1, -1) < 0 && errno == EINTR)
        ;
    close(link.fd);
    device_note_end(watch->number); /* first: who is not open yet looks there after opening */
    instances_sweep(watch->number);
    free(watch);
    return NULL;
}

static cc_enclave_result_t watch_start(int link)
{
    struct watch *watch = malloc(sizeof *watch);
    int own = fcntl(link, F_DUPFD_CLOEXEC, 0); /* so that nobody else's close reuses the number */
    pthread_attr_t attributes;
    pthread_t thread;
    sigset_t every, old;
    int failed;

    if (own < 0 || watch == NULL) {
        free(watch);
        if (own >= 0)
            close(own);
        return detail_fail(CC_ERROR_OUT_OF_MEMORY, "host: no descriptor to watch the device");
    }
    *watch = (struct watch){own, device.number};
    sigfillset(&every);
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_sigmask(SIG_SETMASK, &every, &old);
    failed = pthread_create(&thread, &attributes, device_watch, watch);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    pthread_attr_destroy(&attributes);
    if (failed == 0)
        return CC_SUCCESS;
    close(own);
    free(watch);
    return detail_fail(CC_ERROR_OUT_OF_MEMORY, "host: no thread to watch the device");
}

/* A thread that does not exist here may have held it. */
static void device_forked(void)
{
    device.lock = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
}

/* Without its watcher a device is of no use. */
static cc_enclave_result_t device_begin(void)
{
    cc_enclave_result_t rc;

    if (!device.fork_heard)
        device.fork_heard = pthread_atfork(NULL, NULL, device_forked) == 0;
    rc = device_open(&device.way);
    device.number++;
    device.process = process_number();
    if (rc == CC_SUCCESS && (rc = watch_start(device.way.link)) != CC_SUCCESS)
        device_close(&device.way);
    return rc;
}

/* A connection to our device, which is looked for when there is none, or when it died. */
static cc_enclave_result_t device_reach(struct instance *instance)
{
    cc_enclave_result_t rc = CC_ERROR_COMMUNICATION;

    process_note();
    pthread_mutex_lock(&device.lock);
    if (device.process != process_number())
        device_close(&device.way); /* the parent's device, or its way there, serves the parent */
    if (device.way.link >= 0)
        rc = device_connect(&device.way, &instance->connection);
    if (rc == CC_ERROR_COMMUNICATION) {
        device_close(&device.way);
        rc = device_begin();
        if (rc == CC_SUCCESS)
            rc = device_connect(&device.way, &instance->connection);
    }
    instance->device = device.number;
    instance->is_shared = rc == CC_SUCCESS && device_is_shared(&device.way);
    pthread_mutex_unlock(&device.lock);
    return rc;
}

/* The next address to try; 0: there is none. */
static uint64_t address_next(unsigned tried)
{
    const size_t size =
        (tried + 1) * ADDRESS_STEP; /* it begins lower each time: one may be taken */
    uint64_t address;
    void *free_place;

    if (ADDRESS_IS_HINTED(tried)) {
        pthread_mutex_lock(&device.lock);
        address = device.next_address;
        device.next_address += ADDRESS_STEP;
        if (device.next_address >= ADDRESS_END)
            device.next_address = ADDRESS_BASE;
        pthread_mutex_unlock(&device.lock);
        return address;
    }
    free_place = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (free_place == MAP_FAILED)
        return 0;
    munmap(free_place, size);
    return (uint64_t)(uintptr_t)free_place;
}

static void address_skip(size_t size)
{
    pthread_mutex_lock(&device.lock);
    device.next_address += size / ADDRESS_STEP * ADDRESS_STEP;
    pthread_mutex_unlock(&device.lock);
}

static int answer_timeout_ms(void)
{
    const char *states = secure_getenv("SECGEAR_DEVICE_STATES");

    return states == NULL || states[0] == '\0' ? ANSWER_TIMEOUT_MS : TOOL_TIMEOUT_MS;
}

static cc_enclave_result_t failure_of(cc_enclave_result_t code, struct view detail)
{
    return detail_fail(code != CC_SUCCESS ? code : CC_ERROR_UNEXPECTED, "%.*s", (int)detail.size,
                       (const char *)detail.data);
}

static cc_enclave_result_t answer_wait(int connection, struct link_packet *packet)
{
    struct pollfd readable = {.fd = connection, .events = POLLIN};
    enum link_status status;
    int ready;

    do
        ready = poll(&readable, 1, answer_timeout_ms());
    while (ready < 0 && errno == EINTR);
    if (ready == 0)
        return detail_fail(CC_ERROR_TIMEOUT, "host: the device did not answer in time");
    status = link_recv(connection, packet);
    if (status != LINK_OK)
        return detail_fail(status == LINK_NO_FDS ? CC_ERROR_OUT_OF_MEMORY : CC_ERROR_NO_DEVICE,
                           status == LINK_NO_FDS
                               ? "host: too many open descriptors (ulimit -n)"
                               : "host: the device ended, or has no descriptor left (ulimit -n)");
    return packet->message.type == DEVICE_FAILED
               ? failure_of((cc_enclave_result_t)packet->message.numbers[0], packet->message.bytes)
               : CC_SUCCESS;
}

/* What an enclave is made from. */
struct order {
    const char *path; /* of the image */
    int image;
    uint64_t flags;
    uint64_t granted; /* of those, by the device */
    struct features features;
};

/* It ended while it started; of a debug enclave, as asked for, with what it left. */
static cc_enclave_result_t start_crashed(const struct order *order,
                                         const struct device_message *crashed)
{
    struct reader r = reader_over(crashed->bytes);
    struct view record = reader_take(&r, CRASH_SIZE);

    if (!r.failed && (order->flags & DEVICE_FLAG_DEBUG))
        crash_say_start(order->path, record);
    return failure_of((cc_enclave_result_t)crashed->numbers[0], r.failed ? VIEW_EMPTY : r.rest);
}

static cc_enclave_result_t create_ask(int connection, const struct order *order, uint64_t address,
                                      struct link_packet *ret_packet)
{
    struct view key = buf_view(&order->features.image_key);
    struct device_message create = {.type = DEVICE_CREATE,
                                    .numbers = {address, order->flags, key.size}};
    uint8_t bytes[IMAGE_KEY_MAX_SIZE + SWITCHLESS_CONFIG_SIZE];
    struct writer w = writer_over(bytes, sizeof bytes);
    cc_enclave_result_t rc;

    writer_put(&w, key);
    if (order->features.switchless.tworkers > 0)
        switchless_encode(&order->features.switchless, &w);
    create.bytes = writer_view(&w);
    (void)link_send(connection, &create, &order->image); /* who turned us away has said why */
    wipe(bytes, key.size);
    rc = answer_wait(connection, ret_packet);
    if (rc == CC_SUCCESS && ret_packet->message.type == DEVICE_CRASHED)
        return start_crashed(order, &ret_packet->message);
    if (rc == CC_SUCCESS && ret_packet->message.type != DEVICE_CREATED) {
        link_packet_done(ret_packet);
        rc = detail_fail(CC_ERROR_COMMUNICATION, "host: the device answered something else");
    }
    return rc;
}

cc_enclave_result_t sim_ask(const struct device_message *question, enum device_type answer,
                            struct link_packet *ret_packet)
{
    struct instance asker = {.connection = -1};
    cc_enclave_result_t rc = device_reach(&asker);

    if (rc == CC_SUCCESS)
        (void)link_send(asker.connection, question, NULL); /* who turned us away has said why */
    if (rc == CC_SUCCESS)
        rc = answer_wait(asker.connection, ret_packet);
    if (rc == CC_SUCCESS && ret_packet->message.type != answer) {
        link_packet_done(ret_packet);
        rc = detail_fail(CC_ERROR_COMMUNICATION, "host: the device answered something else");
    }
    if (asker.connection >= 0)
        close(asker.connection);
    return rc;
}

static void destroy_ask(int connection)
{
    struct device_message destroy = {.type = DEVICE_DESTROY};
    struct link_packet packet;

    if (link_send(connection, &destroy, NULL) == LINK_OK &&
        answer_wait(connection, &packet) == CC_SUCCESS)
        link_packet_done(&packet);
}

/* Our half of the window, at the address that the enclave has mapped it to. */
static cc_enclave_result_t window_map(struct instance *instance, struct link_packet *packet,
                                      uint64_t address)
{
    int fd = link_take_fd(packet, 0);
    uint64_t size = packet->message.numbers[0];
    void *window = MAP_FAILED;

    if (window_layout_compute((uint32_t)packet->message.numbers[1], size, &instance->layout))
        window = mmap((void *)(uintptr_t)address, size, PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_FIXED_NOREPLACE, fd, 0);
    close(fd);
    if (window == MAP_FAILED)
        return CC_ERROR_MEMORY_MAP_FAIL;
    madvise(window, size, MADV_DONTDUMP);
    madvise(window, size, MADV_DONTFORK);
    instance->window = window;
    return CC_SUCCESS;
}

static cc_enclave_result_t instance_fill(struct instance *instance, struct link_packet *packet,
                                         const struct switchless_config *switchless)
{
    uint32_t count = instance->layout.tcs_count;

    instance->pidfd = link_take_fd(packet, 1);
    instance->enclave_heap_size = packet->message.numbers[5];
    if (packet->message.bytes.size == UUID_SIZE)
        memcpy(instance->uuid.bytes, packet->message.bytes.data, UUID_SIZE);
    instance->slots = calloc(count, sizeof *instance->slots);
    if (instance->slots == NULL)
        return detail_fail(CC_ERROR_OUT_OF_MEMORY, "host: no memory for %u slots", count);
    if (switchless->tworkers > 0 && !switchless_open(instance, switchless))
        return detail_fail(CC_ERROR_OUT_OF_MEMORY, "host: no memory for %u tasks",
                           switchless->pool);
    heap_done(&instance->heap);
    heap_init(&instance->heap, instance->layout.heap, instance->layout.size);
    for (uint32_t i = 0; i < count; i++)
        atomic_fetch_or(&instance->free_slots[i / 64], UINT64_C(1) << (i % 64));
    return CC_SUCCESS;
}

/* A file that is named by a UUID is that application, or none. */
static cc_enclave_result_t uuid_check(const char *path, const struct uuid *uuid)
{
    char wanted[UUID_TEXT_ROOM], found[UUID_TEXT_ROOM];
    struct uuid named;

    if (!image_path_uuid(path, &named) || memcmp(named.bytes, uuid->bytes, UUID_SIZE) == 0)
        return CC_SUCCESS;
    uuid_format(&named, wanted);
    uuid_format(uuid, found);
    return detail_fail(CC_ERROR_ITEM_NOT_FOUND,
                       "host: the file's name asks for the application %s, its image is %s", wanted,
                       found);
}

/* One try at one address. CC_ERROR_MEMORY_MAP_FAIL: taken on one of the sides, try another. */
static cc_enclave_result_t create_try(struct instance *instance, struct order *order,
                                      uint64_t address)
{
    struct link_packet packet;
    cc_enclave_result_t rc;

    rc = create_ask(instance->connection, order, address, &packet);
    if (rc != CC_SUCCESS)
        return rc;
    rc = protections_require((uint32_t)packet.message.numbers[3]);
    if (rc == CC_SUCCESS)
        rc = window_map(instance, &packet, address);
    if (rc == CC_SUCCESS)
        rc = instance_fill(instance, &packet, &order->features.switchless);
    if (rc == CC_SUCCESS) {
        weaknesses_say(&packet.message, order->flags);
        order->granted = packet.message.numbers[2];
        address_skip(packet.message.numbers[0]);
    }
    link_packet_done(&packet);
    return rc;
}

/* A device of several users never reads a file system, which may be a program of any of them. */
static cc_enclave_result_t image_share(int *image)
{
    cc_enclave_result_t rc = CC_SUCCESS;
    int copy;

    if (sealed_already(*image))
        return CC_SUCCESS;
    rc = sealed_copy(*image, "sg-image", &copy);
    if (rc != CC_SUCCESS)
        return rc;
    close(*image);
    *image = copy;
    return CC_SUCCESS;
}

static cc_enclave_result_t create_with(struct instance *instance, struct order *order)
{
    cc_enclave_result_t rc = CC_ERROR_MEMORY_MAP_FAIL;

    for (unsigned tried = 0; rc == CC_ERROR_MEMORY_MAP_FAIL && tried < ADDRESS_TRIES; tried++) {
        uint64_t address = address_next(tried);

        if (address == 0)
            return detail_fail(CC_ERROR_OUT_OF_MEMORY, "host: no free range of addresses");
        if (instance->connection >= 0)
            close(instance->connection); /* also ends what was created at the other address */
        instance->connection = -1;
        rc = device_reach(instance);
        if (rc == CC_SUCCESS && instance->is_shared)
            rc = image_share(&order->image);
        if (rc == CC_SUCCESS)
            rc = create_try(instance, order, address);
    }
    return rc;
}

static uint64_t flags_of(const cc_enclave_t *enclave)
{
    const char *attach = secure_getenv("SECGEAR_ALLOW_ATTACH");
    uint64_t flags = 0;

    if (enclave->flags & SECGEAR_DEBUG_FLAG)
        flags |= DEVICE_FLAG_DEBUG;
    if (attach != NULL && strcmp(attach, "1") == 0)
        flags |= DEVICE_FLAG_DUMPABLE;
    if (trace_wanted())
        flags |= DEVICE_FLAG_TRACED;
    if ((flags & DEVICE_FLAG_DEBUG) && crash_cores_folder() != NULL)
        flags |= DEVICE_FLAG_DUMPABLE | DEVICE_FLAG_HELD;
    return flags;
}

static void trace_start(struct instance *instance, const struct order *order,
                        cc_enclave_t *enclave);

static cc_enclave_result_t sim_create(cc_enclave_t *enclave, const enclave_features_t *features,
                                      const uint32_t features_count)
{
    struct instance *instance;
    struct order order = {.path = enclave->path, .flags = flags_of(enclave)};
    cc_enclave_result_t rc = features_read(features, features_count, &order.features);

    if (rc != CC_SUCCESS)
        return rc;
    order.image = open(enclave->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (order.image < 0) {
        rc = detail_fail(CC_ERROR_ACCESS_DENIED, "host: %s: %s", enclave->path, strerror(errno));
        features_done(&order.features);
        return rc;
    }
    instance = instance_new();
    rc = instance != NULL ? create_with(instance, &order)
                          : detail_fail(CC_ERROR_OUT_OF_MEMORY, "host: no memory for an enclave");
    close(order.image);
    features_done(&order.features);
    if (instance == NULL)
        return rc;
    if (rc == CC_SUCCESS)
        rc = uuid_check(enclave->path, &instance->uuid);
    if (rc == CC_SUCCESS)
        rc = crash_prepare(instance, enclave->path, order.granted);
    if (rc != CC_SUCCESS) {
        detail_prefix("%s: ", enclave->path);
        instance_free(instance);
        return rc;
    }
    if (order.flags & DEVICE_FLAG_TRACED)
        trace_start(instance, &order, enclave);
    instance_open(instance);
    if (atomic_load(&device.ended) >= instance->device)
        instance_mark_dead(instance); /* its watcher may have looked before there was a handle */
    enclave->private_data = instance_handle(instance);
    return CC_SUCCESS;
}

static long destroy_wait_ms(void)
{
    const char *text = secure_getenv("SECGEAR_DESTROY_WAIT_MS");
    char *end = NULL;
    long ms = text != NULL ? strtol(text, &end, 10) : -1;

    return text != NULL && *text != '\0' && *end == '\0' && ms >= 0 && ms <= 3600000
               ? ms
               : DESTROY_WAIT_DEFAULT_MS;
}

/* It may outlive its device for a moment, and write to the words that its callers sleep on. */
static void process_await_end(const struct instance *instance)
{
    struct pollfd process = {.fd = instance->pidfd, .events = POLLIN};

    if (instance->pidfd >= 0)
        poll(&process, 1, PROCESS_END_MS);
}

/* Bars new calls, lets those inside finish, then ends the enclave, which ends the rest of them. */
static cc_enclave_result_t sim_destroy(cc_enclave_t *enclave)
{
    struct instance *instance;
    cc_enclave_result_t rc;

    rc = instance_enter(enclave, &instance);
    if (rc != CC_SUCCESS)
        return rc;
    if (call_is_inside(instance)) {
        instance_leave(instance);
        return detail_fail(CC_ERROR_BUSY, "host: destroy from within an ocall of the same enclave");
    }
    instance_leave(instance);
    rc = instance_close(enclave, &instance);
    if (rc != CC_SUCCESS)
        return rc;
    instance_drain(instance, destroy_wait_ms());
    crash_say_ended(instance);
    destroy_ask(instance->connection);
    process_await_end(instance);
    crash_watch_stop(instance);
    instance_mark_dead(instance);
    instance_drain(instance, -1);
    if (atomic_load(&instance->traced) != NULL)
        trace_enclave_end(instance->traced, heap_peak(&instance->heap));
    instance_free(instance);
    return CC_SUCCESS;
}

static const struct cc_enclave_ops sim_ops = {
    .cc_create_enclave = sim_create,
    .cc_destroy_enclave = sim_destroy,
    .cc_ecall_enclave = call_enclave,
    .cc_sl_ecall_enclave = switchless_call,
    .cc_sl_async_ecall = switchless_submit,
    .cc_sl_async_ecall_get_result = switchless_fetch,
    .cc_malloc_shared_memory = shared_take,
    .cc_free_shared_memory = shared_give,
    .cc_ecall_lent = call_enclave_lent,
    .cc_sl_values = switchless_values,
    .cc_sl_values_async = switchless_values_submit,
};

static const struct cc_enclave_ops traced_ops = {
    .cc_create_enclave = sim_create,
    .cc_destroy_enclave = sim_destroy,
    .cc_ecall_enclave = traced_call,
    .cc_sl_ecall_enclave = traced_switchless_call,
    .cc_sl_async_ecall = traced_switchless_submit,
    .cc_sl_async_ecall_get_result = traced_switchless_fetch,
    .cc_malloc_shared_memory = shared_take,
    .cc_free_shared_memory = shared_give,
    .cc_ecall_lent = traced_call_lent,
};

static struct cc_enclave_ops_desc sgx_desc = {"sim", NULL, 0, SGX_ENCLAVE_TYPE_0, &sim_ops};
static struct cc_enclave_ops_desc gp_desc = {"sim", NULL, 0, GP_ENCLAVE_TYPE_0, &sim_ops};
static struct cc_enclave_ops_desc pl_desc = {"sim", NULL, 0, PENGLAI_ENCLAVE_TYPE_0, &sim_ops};

static struct list_ops_desc nodes[] = {{&sgx_desc, NULL}, {&gp_desc, NULL}, {&pl_desc, NULL}};

static struct cc_enclave_ops_desc traced_descs[] = {
    {"sim", NULL, 0, SGX_ENCLAVE_TYPE_0, &traced_ops},
    {"sim", NULL, 0, GP_ENCLAVE_TYPE_0, &traced_ops},
    {"sim", NULL, 0, PENGLAI_ENCLAVE_TYPE_0, &traced_ops},
};
static struct list_ops_desc traced_nodes[] = {
    {&traced_descs[0], NULL}, {&traced_descs[1], NULL}, {&traced_descs[2], NULL}};

/* From here on this enclave's calls go through entries that record them. */
static void trace_start(struct instance *instance, const struct order *order, cc_enclave_t *enclave)
{
    struct traced *traced =
        trace_enclave_begin(instance, enclave->path, order->granted & DEVICE_FLAG_TRACED);

    if (traced == NULL)
        return;
    atomic_store(&instance->traced, traced);
    enclave->list_ops_node = &traced_nodes[enclave->list_ops_node - nodes];
}

static enclave_type_t type_of_machine(void)
{
    struct utsname machine;

    if (uname(&machine) == 0 && strcmp(machine.machine, "aarch64") == 0)
        return GP_ENCLAVE_TYPE;
    return strncmp(machine.machine, "riscv", 5) == 0 ? PENGLAI_ENCLAVE_TYPE : SGX_ENCLAVE_TYPE;
}

struct list_ops_desc *engine_sim_for(enclave_type_t type, uint32_t version,
                                     enclave_type_version_t *ret_type)
{
    if (version != 0 || (unsigned)type >= ENCLAVE_TYPE_MAX)
        return NULL;
    if (type == AUTO_ENCLAVE_TYPE)
        type = type_of_machine();
    *ret_type = nodes[type].ops_desc->type_version;
    return &nodes[type];
}
