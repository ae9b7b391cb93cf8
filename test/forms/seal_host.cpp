// SPDX-License-Identifier: MulanPSL-2.0
// A host in C++: the context is a member, copied by value, used through the copy.
#include <cstdio>
#include <memory>
#include <vector>
#include "enclave.h"
#include "seal_u.h"

class Sealer {
  public:
    bool start(const char *path)
    {
        return cc_enclave_create(path, AUTO_ENCLAVE_TYPE, 0, SECGEAR_DEBUG_FLAG, nullptr, 0,
                                 &context_) == CC_SUCCESS;
    }
    int run(std::vector<char> &buf)
    {
        int retval = -1;
        cc_enclave_result_t rc = seal_data_test_func(&context_, &retval, buf.data(),
                                                     static_cast<uint32_t>(buf.size()));
        return rc == CC_SUCCESS ? retval : -1;
    }
    ~Sealer()
    {
        cc_enclave_destroy(&context_);
    }

  private:
    cc_enclave_t context_ = {};
};

int main()
{
    auto sealer = std::make_unique<Sealer>();
    std::vector<char> buf(32);

    if (!sealer->start("enclave.signed.so") || sealer->run(buf) != 0)
        return 1;
    std::printf("%s\n", buf.data());
    return 0;
}
