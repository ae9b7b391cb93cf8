/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * An enclave in C++17: containers, streams, exceptions, threads, objects that live before the first
 * call. Its C++ library is linked in (-static-libstdc++), so it is measured with the image.
 */
#include "words_t.h"
#include <algorithm>
#include <atomic>
#include <cctype>
#include <cstring>
#include <iostream>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {

using Counts = std::map<std::string, unsigned>;

/* Made when the image is loaded, before any call. */
class Meter {
public:
    unsigned next() { return ++calls_; }

private:
    std::atomic<unsigned> calls_{0};
};

Meter meter;

std::vector<std::string> split(const std::string &text)
{
    std::istringstream stream(text);
    std::vector<std::string> words;
    std::string word;

    while (stream >> word) {
        word.erase(std::remove_if(word.begin(), word.end(),
                                  [](unsigned char c) { return !std::isalnum(c); }),
                   word.end());
        std::transform(word.begin(), word.end(), word.begin(),
                       [](unsigned char c) { return std::tolower(c); });
        if (!word.empty())
            words.push_back(word);
    }
    if (words.empty())
        throw std::invalid_argument("there is no word in the text");
    return words;
}

Counts count(std::vector<std::string>::const_iterator from,
             std::vector<std::string>::const_iterator to)
{
    Counts counts;

    for (; from != to; ++from)
        counts[*from]++;
    return counts;
}

/* One half on a thread of its own. */
Counts count_all(const std::vector<std::string> &words)
{
    auto middle = words.begin() + static_cast<std::ptrdiff_t>(words.size() / 2);
    Counts first;
    std::thread helper([&] { first = count(words.begin(), middle); });
    Counts second = count(middle, words.end());

    helper.join();
    for (const auto &entry : second)
        first[entry.first] += entry.second;
    return first;
}

std::string table_of(const Counts &counts)
{
    std::vector<std::pair<std::string, unsigned>> sorted(counts.begin(), counts.end());
    std::ostringstream lines;

    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const auto &a, const auto &b) { return a.second > b.second; });
    for (size_t i = 0; i < sorted.size() && i < 5; i++)
        lines << sorted[i].second << ' ' << sorted[i].first << '\n';
    return lines.str();
}

} // namespace

/* Exceptions end at the boundary: what goes out is a number. */
int most_frequent(const char *text, char *table, size_t size)
try {
    Counts counts = count_all(split(text));
    std::string lines = table_of(counts);

    std::cout << "enclave: call " << meter.next() << ", " << counts.size() << " words"
              << std::endl;
    if (lines.size() >= size)
        return -2;
    std::memcpy(table, lines.c_str(), lines.size() + 1);
    return static_cast<int>(counts.size());
} catch (const std::exception &error) {
    std::cout << "enclave: " << error.what() << std::endl;
    return -1;
}
