/* SPDX-License-Identifier: MulanPSL-2.0 */
/* Seals data in an enclave: once within a call, and once into a file for the next start. */
#include "enclave.h"
#include "seal_data_u.h"
#include <stdio.h>

enum { BUF_LEN = 32, FILE_ROOM = 4096 };

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

static cc_enclave_result_t run(cc_enclave_t *enclave, const char *path, int *retval)
{
    uint8_t old[FILE_ROOM], sealed[FILE_ROOM];
    uint32_t old_len = file_read(path, old), sealed_len = 0;
    char buf[BUF_LEN] = "";
    uint64_t count = 0;
    cc_enclave_result_t rc = seal_data_test_func(enclave, retval, buf, sizeof buf);

    if (rc != CC_SUCCESS || *retval != CC_SUCCESS)
        return rc;
    printf("%s\n", buf);
    rc = start_count(enclave, retval, old, old_len, sealed, sizeof sealed, &sealed_len, &count);
    if (rc != CC_SUCCESS || *retval != CC_SUCCESS)
        return rc;
    printf("start number %llu\n", (unsigned long long)count);
    return file_write(path, sealed, sealed_len) ? CC_SUCCESS : CC_ERROR_WRITE_DATA;
}

int main(int argc, char **argv)
{
    const char *image = argc > 1 ? argv[1] : "out/enclave.signed.so";
    const char *path = argc > 2 ? argv[2] : "out/count.sealed";
    cc_enclave_t enclave = {0};
    cc_enclave_result_t rc;
    int retval = 0;

    rc = cc_enclave_create(image, AUTO_ENCLAVE_TYPE, 0, SECGEAR_DEBUG_FLAG, NULL, 0, &enclave);
    if (rc == CC_SUCCESS) {
        rc = run(&enclave, path, &retval);
        cc_enclave_destroy(&enclave);
    }
    if (rc == CC_SUCCESS)
        rc = (cc_enclave_result_t)retval;
    if (rc != CC_SUCCESS) {
        fprintf(stderr, "%s\n%s\n", cc_enclave_res2_str(rc), cc_enclave_error_detail());
        return 1;
    }
    return 0;
}
