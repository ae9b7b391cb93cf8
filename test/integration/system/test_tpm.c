/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * The system's device with its root secret wrapped by a TPM 2.0, here a software one (swtpm): what
 * lies on the disk, what still opens, and what another TPM can not do.
 */
#include "rig.h"
#include "secgear_identity.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ROOT_AT = 28, ROOT_SIZE = 32, STATE_ROOM = 8192, SEALED_SIZE = 300, PORT_TRIES = 50 };

#define STATE_FILE "/var/lib/secgear/device.state"

static const char TEXT[] = "what must open again";

/* What the programs of one test tell each other. */
static struct {
    uint8_t sealed[SEALED_SIZE];
    uint64_t protections;
    cc_enclave_result_t rc;
} * shared;

static uint8_t content[STATE_ROOM];
static char tcti[64];
static pid_t tpm;

static bool port_is_free(uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool is_free;

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    is_free = bind(fd, (struct sockaddr *)&address, sizeof address) == 0;
    close(fd);
    return is_free;
}

/* As the kernel says it: a connection of ours would be the TPM's first client. */
static bool port_is_served(uint16_t port)
{
    FILE *file = fopen("/proc/self/net/tcp", "re");
    char line[256];
    unsigned local, state;
    bool served = false;

    ck_assert_ptr_nonnull(file);
    while (fgets(line, sizeof line, file) != NULL)
        if (sscanf(line, " %*d: %*8x:%x %*8x:%*x %x", &local, &state) == 2)
            served |= local == port && state == 10; /* TCP_LISTEN */
    fclose(file);
    return served;
}

/* Its control port is the next one; tpm2-tss expects that. */
static void tpm_start(const char *folder)
{
    char server[64], control[64], state[PATH_MAX];
    uint16_t port = 0;

    for (int tried = 0; tried < PORT_TRIES; tried++) {
        port = (uint16_t)(20000 + (getpid() * 7 + tried * 2) % 20000);
        if (port_is_free(port) && port_is_free((uint16_t)(port + 1)))
            break;
    }
    snprintf(server, sizeof server, "type=tcp,port=%u,bindaddr=127.0.0.1", port);
    snprintf(control, sizeof control, "type=tcp,port=%u,bindaddr=127.0.0.1", port + 1);
    snprintf(state, sizeof state, "dir=%s", folder);
    snprintf(tcti, sizeof tcti, "swtpm:host=127.0.0.1,port=%u", port);
    mkdir(folder, 0700);
    tpm = fork();
    if (tpm == 0) {
        unsetenv("LD_LIBRARY_PATH");
        execlp("swtpm", "swtpm", "socket", "--tpm2", "--tpmstate", state, "--server", server,
               "--ctrl", control, "--flags", "not-need-init,startup-clear", (char *)NULL);
        _exit(127);
    }
    while (!port_is_served(port) || !port_is_served((uint16_t)(port + 1)))
        ck_assert_int_eq(waitpid(tpm, NULL, WNOHANG), 0);
}

static void tpm_stop(void)
{
    kill(tpm, SIGTERM);
    waitpid(tpm, NULL, 0);
}

/* with: the TCTI, or NULL. */
static pid_t device_start(const char *with)
{
    char program[PATH_MAX];
    const char *argv[] = {program, "--serve", with != NULL ? "--tpm" : NULL, with, NULL};

    snprintf(program, sizeof program, "%s", stage_path("libexec/secgear/secgear-device"));
    return service_start(0, argv, NULL);
}

static pid_t device_good(const char *with)
{
    pid_t device = device_start(with);
    const char *word = service_word(device);

    ck_assert_msg(strstr(word, "READY=1") != NULL, "the device said \"%s\"", word);
    return device;
}

static void device_refuses(const char *with, const char *why)
{
    pid_t device = device_start(with);
    const char *word = service_word(device);
    int status = 0;

    ck_assert_msg(strstr(word, why) != NULL, "the device said \"%s\"", word);
    ck_assert_int_eq(waitpid(device, &status, 0), device);
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 1);
}

static size_t state_read(void)
{
    int fd = open(STATE_FILE, O_RDONLY | O_CLOEXEC);
    ssize_t size = read(fd, content, sizeof content);

    close(fd);
    ck_assert_int_gt(size, ROOT_AT + ROOT_SIZE);
    return (size_t)size;
}

static void protections_note(cc_enclave_t *enclave)
{
    cc_enclave_identity_t identity;

    ck_assert_int_eq(call(enclave, F_IDENTITY, NULL, 0, &identity, sizeof identity), CC_SUCCESS);
    shared->protections = identity.protections;
}

static void seal(void)
{
    uint8_t in[1 + sizeof TEXT] = {2};
    cc_enclave_t enclave;

    memcpy(in + 1, TEXT, sizeof TEXT);
    create_good(&enclave);
    protections_note(&enclave);
    ck_assert_int_eq(
        call(&enclave, F_SEAL, in, sizeof in, shared->sealed, 140 + sizeof SEAL_TEXT + sizeof TEXT),
        CC_SUCCESS);
    ck_assert_int_eq(cc_enclave_destroy(&enclave), CC_SUCCESS);
}

static void unseal(void)
{
    char plain[sizeof TEXT] = "";
    cc_enclave_t enclave;

    create_good(&enclave);
    protections_note(&enclave);
    ck_assert_int_eq(call(&enclave, F_UNSEAL, shared->sealed, 140 + sizeof SEAL_TEXT + sizeof TEXT,
                          plain, sizeof plain),
                     CC_SUCCESS);
    ck_assert_str_eq(plain, TEXT);
    ck_assert_int_eq(cc_enclave_destroy(&enclave), CC_SUCCESS);
}

static void begin(void)
{
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(shared, MAP_FAILED);
    ck_assert_msg(machine_fresh(), "no private mounts here: %s", strerror(errno));
    tpm_start("/run/tpm");
}

START_TEST(the_disk_alone_does_not_give_the_root_secret)
{
    uint8_t root[ROOT_SIZE];
    pid_t device = device_good(NULL);
    size_t size;

    ck_assert_int_eq(as_user(ALICE, seal), 0);
    ck_assert(!(shared->protections & CC_PROTECTION_TPM));
    device_stop(device, SIGTERM);
    state_read();
    memcpy(root, content + ROOT_AT, sizeof root); /* the control: there it lies */

    device = device_good(tcti); /* wrapped now, and what was sealed opens */
    ck_assert_int_eq(as_user(ALICE, unseal), 0);
    ck_assert(shared->protections & CC_PROTECTION_TPM);
    device_stop(device, SIGTERM);
    size = state_read();
    ck_assert_ptr_null(memmem(content, size, root, sizeof root));

    device = device_good(tcti); /* and after a restart */
    ck_assert_int_eq(as_user(ALICE, unseal), 0);
    device_stop(device, SIGTERM);
    tpm_stop();
}
END_TEST

START_TEST(without_its_tpm_the_device_does_not_start)
{
    pid_t device = device_good(tcti);
    uint8_t before[STATE_ROOM];
    size_t size;

    device_stop(device, SIGTERM);
    size = state_read();
    memcpy(before, content, size);
    device_refuses(NULL, "--tpm");
    tpm_stop();
    device_refuses(tcti, "TPM");
    tpm_start("/run/other");
    device_refuses(tcti, "TPM");
    ck_assert_uint_eq(state_read(), size);
    ck_assert_mem_eq(content, before, size); /* nothing is lost */
    tpm_stop();
    tpm_start("/run/tpm");
    device_stop(device_good(tcti), SIGTERM);
    tpm_stop();
}
END_TEST

START_TEST(a_renewed_device_keeps_its_wrapping)
{
    pid_t device = device_good(tcti);
    char command[PATH_MAX];
    const char *said;
    int status = 1;

    ck_assert_int_eq(as_user(ALICE, seal), 0);
    snprintf(command, sizeof command, "%s device renew", stage_path("bin/secgear"));
    said = command_output(0, command, &status);
    ck_assert_msg(status == 0, "%s", said);
    device_stop(device, SIGTERM);
    device_refuses(NULL, "--tpm");
    device = device_good(tcti);
    ck_assert_int_eq(as_user(ALICE, unseal), 0);
    device_stop(device, SIGTERM);
    tpm_stop();
}
END_TEST

static bool usable(void)
{
    if (access("stage/libexec/secgear/secgear-tpm", X_OK) != 0) { /* as_root.sh runs us beside it */
        puts("skipped: built without tpm2-tss");
        return false;
    }
    if (system("command -v swtpm >/dev/null 2>&1") != 0) {
        puts("skipped: no swtpm here");
        return false;
    }
    return true;
}

int main(void)
{
    Suite *suite = suite_create("system/tpm");
    TCase *tcase = tcase_create("tpm");

    if (!usable()) {
        puts("RESULT 0 passed 0 failed 3 skipped");
        return 0;
    }
    tcase_add_checked_fixture(tcase, begin, NULL);
    tcase_set_timeout(tcase, 300);
    tcase_add_test(tcase, the_disk_alone_does_not_give_the_root_secret);
    tcase_add_test(tcase, without_its_tpm_the_device_does_not_start);
    tcase_add_test(tcase, a_renewed_device_keeps_its_wrapping);
    suite_add_tcase(suite, tcase);
    return machine_main(suite);
}
