/* SPDX-License-Identifier: MulanPSL-2.0 */
/* secgear seal inspect: what the header of sealed data says; nothing of it is authenticated. */
#include "command.h"
#include "base/detail.h"
#include "base/text.h"
#include "file.h"
#include "wire/seal.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char USAGE[] =
    "usage: secgear seal inspect FILE    what sealed data says about itself, unauthenticated;\n"
    "                                    never the data, nor the text beside it\n";

enum { SEALED_FILE_MAX_SIZE = 256 << 20 };

static void header_print(const struct seal_header *h)
{
    char device[2 * SEAL_DEVICE_ID_SIZE + 1], measurement[2 * SEAL_MEASUREMENT_SIZE + 1];
    const char *policy = h->policy == SEAL_POLICY_MRENCLAVE ? "mrenclave" : "mrsigner";

    hex_format(VIEW_OF(h->device_id), device);
    hex_format(VIEW_OF(h->measurement), measurement);
    printf("version      %d\n", SEAL_VERSION);
    printf("policy       %s\n", policy);
    printf("%-12s %s\n", policy, measurement);
    printf("prod_id      %u\n", h->prod_id);
    printf("svn          %u (opens for this and above)\n", h->svn);
    printf("tcb_svn      %u\n", h->tcb_svn);
    printf("debug        %s\n", h->debug ? "yes: only debug enclaves open it" : "no");
    printf("device id    %s\n", device);
    printf("data         %u bytes\n", h->cipher_size);
    printf("text         %u bytes in clear\n", h->aad_size);
    printf("NOT authenticated: only the enclave can tell whether this is true\n");
}

static cc_enclave_result_t inspect(const char *path)
{
    struct buf file = BUF_EMPTY;
    struct seal seal;
    cc_enclave_result_t rc = file_read(path, SEALED_FILE_MAX_SIZE, &file);

    if (rc != CC_SUCCESS)
        return rc;
    rc = seal_decode(buf_view(&file), &seal);
    if (rc == CC_SUCCESS)
        header_print(&seal.header);
    else
        detail_prefix("%s: ", path);
    buf_free(&file);
    if (rc == CC_SUCCESS && fflush(stdout) != 0)
        return detail_fail(CC_ERROR_WRITE_DATA, "standard output can't be written");
    return rc;
}

int cmd_seal(int argc, char **argv)
{
    cc_enclave_result_t rc;

    if (command_help(argc, argv, USAGE))
        return EXIT_SUCCESS;
    if (argc != 3 || strcmp(argv[1], "inspect") != 0)
        return command_usage();
    rc = inspect(argv[2]);
    return rc == CC_SUCCESS ? EXIT_SUCCESS : command_fail("seal", rc);
}
