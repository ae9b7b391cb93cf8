/* SPDX-License-Identifier: MulanPSL-2.0 */
/* Spends one from a sealed purse in a file. Copy the file, spend, put the copy back, and see. */
#include "counter_u.h"
#include "enclave.h"
#include <stdio.h>

enum { FILE_ROOM = 4096 };

static uint32_t file_read(const char *path, uint8_t *bytes)
{
    FILE *file = fopen(path, "rb");
    size_t size = 0;

    if (file == NULL)
        return 0;
    size = fread(bytes, 1, FILE_ROOM, file);
    fclose(file);
    return (uint32_t)size;
}

static int file_write(const char *path, const uint8_t *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");
    int good = file != NULL && fwrite(bytes, 1, size, file) == size;

    if (file != NULL && fclose(file) != 0)
        good = 0;
    return good;
}

int main(int argc, char **argv)
{
    const char *image = argc > 1 ? argv[1] : "out/enclave.signed.so";
    const char *path = argc > 2 ? argv[2] : "out/purse.sealed";
    uint8_t old[FILE_ROOM], sealed[FILE_ROOM];
    uint32_t old_len = file_read(path, old), sealed_len = 0, left = 0;
    bool rollback_protected = false;
    cc_enclave_t enclave = {0};
    cc_enclave_result_t rc;
    int retval = 0;

    rc = cc_enclave_create(image, AUTO_ENCLAVE_TYPE, 0, SECGEAR_DEBUG_FLAG, NULL, 0, &enclave);
    if (rc == CC_SUCCESS) {
        rc = spend(&enclave, &retval, old, old_len, sealed, sizeof sealed, &sealed_len, &left,
                   &rollback_protected);
        cc_enclave_destroy(&enclave);
    }
    if (rc == CC_SUCCESS)
        rc = (cc_enclave_result_t)retval;
    if (rc == CC_SUCCESS && !file_write(path, sealed, sealed_len))
        rc = CC_ERROR_WRITE_DATA;
    if (rc != CC_SUCCESS) {
        fprintf(stderr, "%s\n%s\n", cc_enclave_res2_str(rc), cc_enclave_error_detail());
        return 1;
    }
    printf("left: %u%s\n", left,
           rollback_protected ? "" : " (the user could set the device's counters back)");
    return 0;
}
