/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * secgear sign: an ELF shared object and a configuration become a signed image; in one step with a
 * private key, or in two with the signature made elsewhere. What is written has been verified the
 * way the device will do it.
 */
#include "command.h"
#include "config.h"
#include "crypto/hash.h"
#include "crypto/image_check.h"
#include "crypto/image_sign.h"
#include "base/detail.h"
#include "file.h"
#include "soname.h"
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char USAGE[] =
    "usage: secgear sign -k KEY.pem -i IN.so -o OUT [-c CONFIG]       sign\n"
    "       secgear sign --digest -i IN.so -o SIGNING.data [-c CONFIG]\n"
    "                                                       write what is to be signed elsewhere\n"
    "       secgear sign --attach SIGNATURE -p PUBLIC.pem -i IN.so -o OUT [-c CONFIG]\n"
    "                                                       put that signature in, same IN and "
    "CONFIG\n"
    "       secgear sign --new-key KEY.pem                   make a key, never over another file\n"
    "\n"
    "  -k, --key KEY.pem        private key, RSA-3072 or ECDSA P-256, no passphrase\n"
    "  -i, --in IN.so           enclave as linked; of a signed one the signature is replaced\n"
    "  -o, --out OUT\n"
    "  -c, --config CONFIG      Enclave.config.xml or manifest.txt\n"
    "  -l, --library LIB.so     a shared object that the enclave needs and no device has; it "
    "becomes\n"
    "                           part of OUT; again for each, before those that need it, at most 8\n"
    "  -p, --public PUBLIC.pem  public key of the signature\n"
    "      --force              replace OUT whatever it is, not only an image (or signing data)\n";

struct options {
    const char *new_key, *key, *in, *out, *config, *attach, *public;
    const char *libraries[IMAGE_LIBRARIES_MAX_COUNT];
    unsigned library_count;
    bool digest, force;
};

/* All that a step needs; the views borrow from the buffers. */
struct job {
    struct options options;
    struct buf file;
    struct image before; /* IN, when it was signed already */
    struct view elf;
    struct buf library_files[IMAGE_LIBRARIES_MAX_COUNT];
    struct view libraries[IMAGE_LIBRARIES_MAX_COUNT]; /* as many as the manifest has */
    struct image_manifest manifest;
    uint8_t body[IMAGE_BODY_MAX_SIZE];
    size_t body_size;
};

static bool options_parse(int argc, char **argv, struct options *ret_options)
{
    static const struct option LONG[] = {{"key", required_argument, NULL, 'k'},
                                         {"new-key", required_argument, NULL, 'n'},
                                         {"in", required_argument, NULL, 'i'},
                                         {"out", required_argument, NULL, 'o'},
                                         {"config", required_argument, NULL, 'c'},
                                         {"public", required_argument, NULL, 'p'},
                                         {"attach", required_argument, NULL, 'a'},
                                         {"digest", no_argument, NULL, 'd'},
                                         {"library", required_argument, NULL, 'l'},
                                         {"force", no_argument, NULL, 'f'},
                                         {NULL, 0, NULL, 0}};
    struct options o = {0};
    int option;

    while ((option = option_next(argc, argv, "k:i:o:c:p:l:", LONG)) != -1) {
        switch (option) {
        case 'k':
            o.key = optarg;
            break;
        case 'n':
            o.new_key = optarg;
            break;
        case 'i':
            o.in = optarg;
            break;
        case 'o':
            o.out = optarg;
            break;
        case 'c':
            o.config = optarg;
            break;
        case 'p':
            o.public = optarg;
            break;
        case 'a':
            o.attach = optarg;
            break;
        case 'd':
            o.digest = true;
            break;
        case 'f':
            o.force = true;
            break;
        case 'l':
            if (o.library_count == IMAGE_LIBRARIES_MAX_COUNT)
                return false;
            o.libraries[o.library_count++] = optarg;
            break;
        default:
            return false;
        }
    }
    *ret_options = o;
    if (o.new_key != NULL) /* alone */
        return optind == argc && o.in == NULL && o.out == NULL && o.key == NULL &&
               o.attach == NULL && o.config == NULL && o.public == NULL && !o.digest &&
               o.library_count == 0;
    return optind == argc && o.in != NULL && o.out != NULL &&
           (o.key != NULL) + (o.attach != NULL) + o.digest == 1 &&
           (o.attach != NULL) == (o.public != NULL);
}

/* The ELF bytes of IN, without the signature if it has one already. */
static cc_enclave_result_t input_read(struct job *job)
{
    cc_enclave_result_t rc;

    rc = file_read(job->options.in, (size_t)IMAGE_ELF_MAX_SIZE + IMAGE_TAIL_MAX_SIZE, &job->file);
    if (rc != CC_SUCCESS)
        return rc;
    job->elf = buf_view(&job->file);
    if (image_decode(job->elf, &job->before) == CC_SUCCESS) {
        fprintf(stderr, "secgear sign: note: %s is signed already; signing its content anew\n",
                job->options.in);
        job->elf = job->before.elf;
    }
    detail_clear();
    rc = image_elf_check(job->elf);
    if (rc != CC_SUCCESS)
        detail_prefix("%s: ", job->options.in);
    return rc;
}

static cc_enclave_result_t config_read(struct job *job)
{
    struct buf text = BUF_EMPTY;
    cc_enclave_result_t rc;

    job->manifest = config_default();
    if (job->options.config == NULL)
        return CC_SUCCESS;
    rc = file_read(job->options.config, CONFIG_MAX_SIZE, &text);
    if (rc == CC_SUCCESS)
        rc = config_parse(buf_view(&text), job->options.config, &job->manifest);
    buf_free(&text);
    return rc;
}

static cc_enclave_result_t library_read(struct job *job, unsigned index)
{
    struct image_library *library = &job->manifest.libraries[index];
    const char *path = job->options.libraries[index];
    cc_enclave_result_t rc = file_read(path, IMAGE_ELF_MAX_SIZE, &job->library_files[index]);

    if (rc != CC_SUCCESS)
        return rc;
    job->libraries[index] = buf_view(&job->library_files[index]);
    rc = image_elf_check(job->libraries[index]);
    if (rc == CC_SUCCESS)
        rc = soname_find(job->libraries[index], library->name, sizeof library->name);
    if (rc == CC_SUCCESS && !sha256(job->libraries[index], library->digest))
        rc = detail_fail(CC_ERROR_OUT_OF_MEMORY, "SHA-256 is not available");
    library->size = job->libraries[index].size;
    if (rc != CC_SUCCESS)
        detail_prefix("%s: ", path);
    return rc;
}

/* Those of the command line; without any, those that IN has from an earlier signature. */
static cc_enclave_result_t libraries_read(struct job *job)
{
    cc_enclave_result_t rc = CC_SUCCESS;

    if (job->options.library_count == 0) {
        job->manifest.library_count = job->before.manifest.library_count;
        memcpy(job->manifest.libraries, job->before.manifest.libraries,
               sizeof job->manifest.libraries);
        memcpy(job->libraries, job->before.libraries, sizeof job->libraries);
    } else {
        job->manifest.library_count = job->options.library_count;
        for (unsigned i = 0; rc == CC_SUCCESS && i < job->options.library_count; i++)
            rc = library_read(job, i);
    }
    return rc == CC_SUCCESS ? image_manifest_check(&job->manifest) : rc;
}

static cc_enclave_result_t body_make(struct job *job)
{
    struct writer w = writer_over(job->body, sizeof job->body);
    uint8_t mrenclave[IMAGE_HASH_SIZE];
    cc_enclave_result_t rc = image_measure(&job->manifest, job->elf, mrenclave);

    if (rc != CC_SUCCESS)
        return rc;
    image_body_encode(&job->manifest, job->elf.size, mrenclave, &w);
    job->body_size = w.size;
    return w.failed ? CC_ERROR_UNEXPECTED : CC_SUCCESS;
}

/* Puts the parts of a signed file together. */
static bool image_compose(const struct job *job, struct view tail, struct buf *ret_whole)
{
    size_t size = job->elf.size + tail.size;
    struct writer w;

    for (unsigned i = 0; i < job->manifest.library_count; i++)
        size += job->libraries[i].size; /* each is at most 1 GiB */
    if (!buf_alloc(ret_whole, size))
        return false;
    w = writer_over(ret_whole->data, ret_whole->size);
    writer_put(&w, job->elf);
    for (unsigned i = 0; i < job->manifest.library_count; i++)
        writer_put(&w, job->libraries[i]);
    writer_put(&w, tail);
    return !w.failed;
}

/* Together with the ELF bytes it must be what the device accepts, or nothing is written. */
static cc_enclave_result_t image_write(const struct job *job, const struct image *image)
{
    uint8_t tail[IMAGE_TAIL_MAX_SIZE];
    struct writer t = writer_over(tail, sizeof tail);
    struct buf whole = BUF_EMPTY;
    struct image_identity identity;
    cc_enclave_result_t rc;

    image_tail_encode(image, &t);
    if (t.failed)
        return detail_fail(CC_ERROR_GENERIC, "the signer's key or signature is too large");
    if (!image_compose(job, writer_view(&t), &whole))
        return detail_fail(CC_ERROR_OUT_OF_MEMORY, "out of memory");
    rc = image_verify(buf_view(&whole), &identity);
    if (rc == CC_SUCCESS)
        rc = file_write(job->options.out, &(struct view){whole.data, whole.size}, 1);
    buf_free(&whole);
    return rc;
}

static cc_enclave_result_t sign_with_key(const struct job *job)
{
    struct buf pem = BUF_EMPTY; /* secret: wiped by buf_free */
    struct buf spki = BUF_EMPTY, signature = BUF_EMPTY;
    struct image_signer signer = {0};
    struct image image = {.body = view_of(job->body, job->body_size)};
    cc_enclave_result_t rc;

    rc = file_read_key(job->options.key, &pem);
    if (rc != CC_SUCCESS)
        goto out;

    rc = image_signer_load(buf_view(&pem), &signer);
    if (rc != CC_SUCCESS) {
        detail_prefix("%s: ", job->options.key);
        goto out;
    }

    rc = image_signer_spki(&signer, &spki);
    if (rc != CC_SUCCESS)
        goto out;

    rc = image_sign(&signer, image.body, &signature);
    if (rc != CC_SUCCESS)
        goto out;

    image.algorithm = signer.algorithm;
    image.spki = buf_view(&spki);
    image.signature = buf_view(&signature);
    rc = image_write(job, &image);
out:
    image_signer_done(&signer);
    buf_free(&pem);
    buf_free(&spki);
    buf_free(&signature);
    return rc;
}

static cc_enclave_result_t attach(const struct job *job)
{
    struct buf pem = BUF_EMPTY, spki = BUF_EMPTY, foreign = BUF_EMPTY, signature = BUF_EMPTY;
    struct image image = {.body = view_of(job->body, job->body_size)};
    cc_enclave_result_t rc;

    rc = file_read(job->options.public, CONFIG_MAX_SIZE, &pem);
    if (rc != CC_SUCCESS)
        goto out;

    rc = image_spki_load(buf_view(&pem), &spki);
    if (rc != CC_SUCCESS) {
        detail_prefix("%s: ", job->options.public);
        goto out;
    }

    rc = file_read(job->options.attach, CONFIG_MAX_SIZE, &foreign);
    if (rc != CC_SUCCESS)
        goto out;

    image.spki = buf_view(&spki);
    rc = image_signature_adopt(&image, buf_view(&foreign), &signature);
    if (rc != CC_SUCCESS) {
        detail_prefix("%s: ", job->options.attach);
        goto out;
    }
    rc = image_write(job, &image);
out:
    buf_free(&pem);
    buf_free(&spki);
    buf_free(&foreign);
    buf_free(&signature);
    return rc;
}

/* A key, a configuration or a source must not be lost to a slip of the fingers. */
static cc_enclave_result_t output_check(const struct options *o)
{
    if (o->force)
        return CC_SUCCESS;
    return o->digest ? file_replaceable(o->out, image_body_is, "no signing data")
                     : file_replaceable(o->out, file_is_elf, "no image");
}

static cc_enclave_result_t step_run(struct job *job)
{
    cc_enclave_result_t rc;

    rc = input_read(job);
    if (rc != CC_SUCCESS)
        return rc;

    rc = output_check(&job->options);
    if (rc != CC_SUCCESS)
        return rc;

    rc = config_read(job);
    if (rc != CC_SUCCESS)
        return rc;

    rc = libraries_read(job);
    if (rc != CC_SUCCESS)
        return rc;

    rc = body_make(job);
    if (rc != CC_SUCCESS)
        return rc;

    if (job->options.digest)
        return file_write(job->options.out, &(struct view){job->body, job->body_size}, 1);
    return job->options.key != NULL ? sign_with_key(job) : attach(job);
}

static cc_enclave_result_t key_make(const char *path)
{
    struct buf pem = BUF_EMPTY; /* secret: wiped by buf_free */
    cc_enclave_result_t rc = image_signer_make(&pem);

    if (rc == CC_SUCCESS)
        rc = file_write_secret(path, buf_view(&pem));
    buf_free(&pem);
    return rc;
}

int cmd_sign(int argc, char **argv)
{
    struct job job = {.file = BUF_EMPTY};
    cc_enclave_result_t rc;

    if (command_help(argc, argv, USAGE))
        return EXIT_SUCCESS;
    if (!options_parse(argc, argv, &job.options))
        return command_usage();
    rc = job.options.new_key != NULL ? key_make(job.options.new_key) : step_run(&job);
    buf_free(&job.file);
    for (unsigned i = 0; i < IMAGE_LIBRARIES_MAX_COUNT; i++)
        buf_free(&job.library_files[i]);
    return rc == CC_SUCCESS ? EXIT_SUCCESS : command_fail("sign", rc);
}
