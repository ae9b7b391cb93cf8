// SPDX-License-Identifier: MulanPSL-2.0
// A key manager's host in C++: a copied context, wrappers in a table, ocalls that it defines.
#include <cstdio>
#include <cstring>
#include <map>
#include <string>
#include <vector>
#include "enclave.h"
#include "kms_u.h"

using Operation = cc_enclave_result_t (*)(cc_enclave_t *, int *, const uint8_t *, uint32_t,
                                          const uint8_t *, uint32_t, uint8_t *, uint32_t,
                                          uint32_t *, bool);

static std::map<std::string, std::vector<uint8_t>> g_store;

extern "C" void kms_log(const char *text)
{
    std::printf("%s\n", text);
}

extern "C" int kms_store(const uint8_t *id, uint32_t id_len, uint8_t *blob, uint32_t len)
{
    g_store[std::string(reinterpret_cast<const char *>(id), id_len)].assign(blob, blob + len);
    return 0;
}

extern "C" int kms_load(const uint8_t *id, uint32_t id_len, uint8_t *blob, uint32_t len,
                        uint32_t *real_len)
{
    auto found = g_store.find(std::string(reinterpret_cast<const char *>(id), id_len));

    if (found == g_store.end() || found->second.size() > len)
        return -1;
    std::memcpy(blob, found->second.data(), found->second.size());
    *real_len = static_cast<uint32_t>(found->second.size());
    return 0;
}

static const std::map<std::string, Operation> OPERATIONS = {
    {"create", kms_create},
    {"import", kms_import},
    {"export_public", kms_export_public},
    {"rotate", kms_rotate},
    {"enable", kms_enable},
    {"disable", kms_disable},
    {"describe", kms_describe},
    {"sign", kms_sign},
    {"verify", kms_verify},
    {"encrypt", kms_encrypt},
    {"decrypt", kms_decrypt},
    {"wrap", kms_wrap},
    {"unwrap", kms_unwrap},
    {"digest", kms_digest},
    {"random", kms_random},
    {"backup", kms_backup},
    {"restore", kms_restore},
    {"attest", kms_attest},
};

int main(int argc, char **argv)
{
    cc_enclave_t made = {}, context;
    const uint8_t id[] = "key";
    uint8_t out[256];
    uint32_t real_len = sizeof out;
    int retval = -1;

    if (cc_enclave_create("enclave.signed.so", AUTO_ENCLAVE_TYPE, 0, SECGEAR_DEBUG_FLAG, nullptr, 0,
                          &made) != CC_SUCCESS)
        return 1;
    context = made;
    for (int i = 1; i < argc; i++) {
        auto operation = OPERATIONS.find(argv[i]);

        if (operation != OPERATIONS.end())
            operation->second(&context, &retval, id, sizeof id, nullptr, 0, out, sizeof out,
                              &real_len, i + 1 == argc);
    }
    kms_init(&context, &retval, id, sizeof id, 0);
    kms_fini(&context);
    return cc_enclave_destroy(&context);
}
