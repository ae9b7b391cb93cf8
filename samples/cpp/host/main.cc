/* SPDX-License-Identifier: MulanPSL-2.0 */
/* A host in C++: the enclave is an object that destroys itself. */
#include "enclave.h"
#include "words_u.h"
#include <array>
#include <iostream>
#include <stdexcept>
#include <string>

class Enclave {
public:
    explicit Enclave(const std::string &path)
    {
        check("create",
              cc_enclave_create(path.c_str(), AUTO_ENCLAVE_TYPE, 0, 0, nullptr, 0, &context_));
    }
    ~Enclave() { cc_enclave_destroy(&context_); }
    Enclave(const Enclave &) = delete;
    Enclave &operator=(const Enclave &) = delete;

    int most_frequent(const std::string &text, std::string &table)
    {
        std::array<char, 256> room{};
        int result = -1;

        check("most_frequent",
              ::most_frequent(&context_, &result, text.c_str(), room.data(), room.size()));
        table = room.data();
        return result;
    }

private:
    static void check(const char *what, cc_enclave_result_t rc)
    {
        if (rc != CC_SUCCESS)
            throw std::runtime_error(std::string(what) + ": " + cc_enclave_res2_str(rc) + "\n" +
                                     cc_enclave_error_detail());
    }

    cc_enclave_t context_{};
};

int main(int argc, char **argv)
try {
    Enclave enclave(argc > 1 ? argv[1] : "out/enclave.signed.so");
    std::string table;
    int words = enclave.most_frequent("The quick brown fox jumps over the lazy dog; the dog sleeps.",
                                      table);

    std::cout << words << " words, most often:\n" << table;
    if (words != 9 || table.rfind("3 the\n2 dog\n", 0) != 0)
        throw std::runtime_error("the enclave has miscounted");
    if (enclave.most_frequent(" ... ", table) != -1)
        throw std::runtime_error("the enclave found a word where there is none");
    return 0;
} catch (const std::exception &error) {
    std::cerr << error.what() << "\n";
    return 1;
}
