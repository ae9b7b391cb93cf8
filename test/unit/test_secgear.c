/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * Runs secgear and sign_tool.sh as their users do, in a temporary folder, with keys and signatures
 * made by the openssl command. The enclave is the test itself: as a PIE it has the ELF type it
 * takes.
 */
#include "support.h"
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const char PRELUDE[] =
    "set -eu; cd \"$T\"\n"
    "has() { grep -q -- \"$1\" \"$2\" || { echo \"no '$1' in:\"; cat \"$2\"; exit 1; }; }\n"
    "fails() { want=$1; shift; got=0; \"$@\" >out 2>err || got=$?;"
    " [ $got = $want ] || { echo \"$*: exit $got\"; cat out err; exit 1; }; }\n";

/* What every script finds: an ELF file, keys of both kinds, both configurations. */
static const char FIXTURE[] =
    "cp \"$SELF\" e.so\n"
    "openssl genrsa -3 -out rsa.pem 3072 2>/dev/null\n"
    "openssl rsa -in rsa.pem -pubout -out rsa.pub 2>/dev/null\n"
    "openssl ecparam -genkey -name prime256v1 -noout -out ec.pem\n"
    "openssl ec -in ec.pem -pubout -out ec.pub 2>/dev/null\n"
    "chmod 600 rsa.pem ec.pem\n"
    "echo '<EnclaveConfiguration><ProdID>3</ProdID><ISVSVN>2</ISVSVN>"
    "</EnclaveConfiguration>' >E.xml\n"
    "echo 'gpd.ta.appID: f68fd704-6eb1-4d14-b218-722850eb3ef0' >manifest.txt\n"
    "printf '[signSecPrivateCfg]\\nsecSignKey = ec.pem\\n' >cloud.ini\n";

static char folder[FOLDER_ROOM];

/* Exit status of the script; its output is the test's. */
static int sh(const char *script)
{
    char *whole = NULL;
    int status;

    ck_assert_int_gt(asprintf(&whole, "%s%s", PRELUDE, script), 0);
    fflush(NULL);
    if (fork() == 0) {
        execl("/bin/sh", "sh", "-c", whole, (char *)NULL);
        _exit(127);
    }
    ck_assert_int_gt(wait(&status), 0);
    free(whole);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

/* Its first failing command ends it. */
static void passes(const char *script)
{
    int status = sh(script);

    ck_assert_msg(status == 0, "the script ended with %d", status);
}

static void environment_make(void)
{
    char self[PATH_MAX], path[2 * PATH_MAX], here[PATH_MAX];
    ssize_t size = readlink("/proc/self/exe", self, sizeof self - 1);

    ck_assert_int_gt((int)size, 0);
    self[size] = '\0';
    ck_assert_ptr_nonnull(getcwd(here, sizeof here));
    setenv("SELF", self, 1);
    setenv("SRC", here, 1);
    setenv("TOOL", strcat(here, "/tools/sign_tool.sh"), 1);
    *strrchr(self, '/') = '\0';
    *strrchr(self, '/') = '\0';
    snprintf(path, sizeof path, "%s/bin:%s", self, getenv("PATH"));
    setenv("PATH", path, 1);
    setenv("T", folder, 1);
}

static void setup(void)
{
    folder_fresh(folder);
    environment_make();
    passes(FIXTURE);
}

START_TEST(sign_and_inspect_agree)
{
    passes("for k in rsa ec; do\n"
           "  secgear sign -k $k.pem -i e.so -o s.so -c E.xml\n"
           "  secgear inspect s.so >text; has '^prod_id *3$' text; has '^svn *2$' text\n"
           "  has valid text; has derived text; has 'debug *not allowed' text\n"
           "done\n"
           "secgear sign -k ec.pem -i s.so -o again.so -c E.xml 2>note\n"
           "has 'signed already' note; secgear inspect again.so >text2\n"
           "diff text text2\n"
           "secgear sign -k ec.pem -i e.so -o m.so -c manifest.txt\n"
           "secgear inspect --json m.so >json\n"
           "has '\"uuid\": \"f68fd704-6eb1-4d14-b218-722850eb3ef0\"' json\n");
}
END_TEST

START_TEST(libraries_stay_when_signed_again_and_need_a_name)
{
    passes("fails 2 secgear sign -k ec.pem -i e.so -l e.so -o l.so; has DT_SONAME err\n"
           "[ ! -e l.so ]\n"
           "echo 'int f(void);int f(void){return 1;}' >f.c\n"
           "cc -shared -fPIC -Wl,-soname,libf.so.1 -o f.so f.c\n"
           "secgear sign -k ec.pem -i e.so -l f.so -o l.so\n"
           "secgear inspect l.so >with; has '^library *libf.so.1' with\n"
           "secgear sign -k ec.pem -i l.so -o again.so 2>/dev/null\n"
           "secgear inspect again.so | diff with -\n"
           "fails 2 secgear sign -k ec.pem -i e.so -l f.so -l f.so -o twice.so; has twice err\n");
}
END_TEST

START_TEST(keys_are_never_written_over_and_images_encrypted_once)
{
    passes("secgear sign -k ec.pem -i e.so -o s.so\n"
           "secgear encrypt --new-key k; [ $(wc -c <k) = 48 ]; cp k before\n"
           "fails 2 secgear encrypt --new-key k; cmp k before\n"
           "fails 2 secgear encrypt -k k -i e.so -o enc; has 'not signed' err; [ ! -e enc ]\n"
           "fails 2 secgear encrypt -k ec.pem -i s.so -o enc; has '48 bytes' err\n"
           "secgear encrypt -k k -i s.so -o enc; secgear inspect enc >text; has '^encrypted' text\n"
           "fails 2 secgear encrypt -k k -i enc -o twice; has PCL_ENCRYPTED err\n"
           "fails 2 secgear encrypt -k k -i s.so\n");
}
END_TEST

START_TEST(signing_keys_are_made_private_and_never_written_over)
{
    passes("umask 0; secgear sign --new-key k.pem; [ $(stat -c %a k.pem) = 600 ]; cp k.pem before\n"
           "secgear sign -k k.pem -i e.so -o s.so; secgear inspect s.so >text; has 'P-256' text\n"
           "openssl pkey -in k.pem -noout -check >/dev/null\n"
           "fails 2 secgear sign --new-key k.pem; has 'there already' err; cmp k.pem before\n"
           "secgear sign --new-key other.pem; if cmp -s k.pem other.pem; then exit 1; fi\n"
           "fails 2 secgear sign --new-key x.pem -i e.so; [ ! -e x.pem ]\n"
           "[ \"$(ls k.pem*)\" = k.pem ]\n");
}
END_TEST

/* Shells complete what the help says: each option of the sources stands in it. */
START_TEST(help_names_each_option)
{
    passes("cd \"$(dirname \"$TOOL\")\"\n"
           "for f in cmd_*.c; do c=${f#cmd_}; c=${c%.c}; secgear $c --help >\"$T/help\"\n"
           "grep -q \"^usage: secgear $c\" \"$T/help\"\n"
           "for o in $(grep -oE '\\{\"[a-z-]+\", *(no|required|optional)_argument'"
           " $f | cut -d '\"' -f 2); do has \"[[ |]--$o\\>\" \"$T/help\"; done; done\n");
}
END_TEST

START_TEST(two_step_signing_takes_openssl_signatures)
{
    passes("secgear sign -k ec.pem -i e.so -o one.so -c E.xml\n"
           "secgear inspect one.so | grep mrenclave >one\n"
           "for k in rsa ec; do\n"
           "  secgear sign --digest -i e.so -o data -c E.xml\n"
           "  openssl dgst -sha256 -sign $k.pem -keyform PEM -out sig data\n"
           "  secgear sign --attach sig -p $k.pub -i e.so -o s.so -c E.xml\n"
           "  secgear inspect s.so | grep mrenclave | diff one -\n"
           "done\n"
           "openssl dgst -sha256 -sign rsa.pem -sigopt rsa_padding_mode:pss"
           " -sigopt rsa_pss_saltlen:32 -out sig data\n"
           "secgear sign --attach sig -p rsa.pub -i e.so -o s.so -c E.xml\n"
           "secgear inspect s.so >text; has PSS text; rm s.so\n"
           "fails 2 secgear sign --attach sig -p ec.pub -i e.so -o s.so -c E.xml\n"
           "fails 2 secgear sign --attach sig -p rsa.pub -i e.so -o s.so -c manifest.txt\n"
           "has SIGNATURE_INVALID err; [ ! -e s.so ]\n");
}
END_TEST

START_TEST(failures_name_the_cause_and_leave_no_file)
{
    passes("fails 2 secgear sign -k none.pem -i e.so -o s.so; has none.pem err\n"
           "fails 2 secgear sign -k E.xml -i e.so -o s.so; has 'E.xml: ' err\n"
           "fails 2 secgear sign -k ec.pem -i E.xml -o s.so; has 'not an ELF' err\n"
           "fails 2 secgear sign -k ec.pem -i . -o s.so; has 'regular file' err\n"
           "fails 1 secgear sign -k ec.pem -i e.so -o no/s.so; has 'no/s.so' err\n"
           "echo 'x: 1' >bad; fails 2 secgear sign -k ec.pem -i e.so -o s.so -c bad\n"
           "has 'bad:1: unknown key' err; [ ! -e s.so ]; [ -z \"$(ls s.so.* 2>/dev/null)\" ]\n"
           "fails 2 secgear inspect e.so; has 'not signed' err\n"
           "fails 2 secgear sign -k ec.pem -i e.so; has usage: err\n"
           "fails 2 secgear sign --digest -k ec.pem -i e.so -o x\n"
           "fails 2 secgear nonsense; has 'unknown subcommand' err\n"
           "fails 2 secgear; fails 0 secgear sign --help; has usage: out\n"
           "chmod 644 ec.pem; secgear sign -k ec.pem -i e.so -o s.so 2>err\n"
           "has 'others may use' err; chmod 600 ec.pem\n"
           "printf x | dd of=s.so bs=1 seek=300 conv=notrunc 2>/dev/null\n"
           "fails 2 secgear inspect s.so; has 'changed after signing' err\n");
}
END_TEST

START_TEST(policy_is_written_and_checked)
{
    passes("secgear sign -k ec.pem -i e.so -o s.so -c E.xml\n"
           "secgear policy from-image s.so >p.json 2>err; has 'device_roots: none' err\n"
           "has 'no mrtcb' err; fails 0 secgear policy check p.json; has 'valid' out\n"
           "secgear policy from-image s.so --by-signer --any-tcb-insecure -o q.json"
           " --allow-embedded-device-insecure 2>err; has any_tcb_insecure err\n"
           "has '\"min_svn\": 2' q.json; has '\"min_level\": \"embedded\"' q.json\n"
           "fails 2 secgear policy from-image s.so --root E.xml; has 'device_roots\\[0\\]' err\n"
           "fails 2 secgear policy from-image e.so; has 'not signed' err\n"
           "fails 2 secgear policy from-image s.so --mrtcb 12; has mrtcb err\n"
           "echo '{\"schema\":1,\"x\":2}' >bad; fails 2 secgear policy check bad\n"
           "has 'bad: policy: x: unknown key' err; fails 2 secgear policy; fails 2 secgear policy "
           "from-image\n");
}
END_TEST

START_TEST(evidence_is_judged_and_the_exit_status_says_how)
{
    passes(
        "{ printf '\\003\\000\\002\\000'; head -c 1100 /dev/zero; } >quote\n"
        "fails 1 secgear verify quote; has 'quote: REFUSED (sgx)' out; has 'broken  *format:' out\n"
        "fails 1 secgear verify quote --json; has '\"verdict\": \"refused\"' out\n"
        "fails 2 secgear verify e.so; has 'no verifier knows' err; fails 2 secgear verify none\n"
        "fails 2 secgear verify; fails 2 secgear verify quote quote; fails 2 secgear verify -x q\n"
        "fails 2 secgear verify quote --at noon; fails 2 secgear verify quote --nonce xy\n"
        "echo '{\"schema\":2,\"tees\":{\"sgx\":{\"min\":{\"isvsvn\":-1}}}}' >bad\n"
        "fails 2 secgear verify quote --policy bad; has 'bad: policy: tees.sgx.min' err\n"
        "echo '{\"schema\":2,\"tees\":{\"sgx\":{}}}' >p; fails 1 secgear policy test p quote "
        "quote\n"
        "has 'REFUSED' out; fails 2 secgear policy test none quote; fails 2 secgear policy test\n"
        "fails 1 secgear evidence show quote; fails 2 secgear evidence; fails 2 secgear evidence "
        "x\n"
        "mkdir parts; cp quote parts/quote.bin; echo x >parts/ccel; fails 1 secgear verify parts\n"
        "has 'parts: REFUSED (sgx)' out\n"
        "printf '{\"secgear_bundle\":1,\"parts\":{\"quote\":\"%s\"}}' \"$(base64 -w0 quote)\" >b\n"
        "fails 1 secgear verify b; has 'b: REFUSED (sgx)' out\n"
        "echo '{\"secgear_bundle\":1,\"parts\":{\"quote\":7}}' >b; fails 2 secgear verify b\n"
        "mkdir empty; fails 2 secgear verify quote --collateral empty; has 'nothing in it' err\n");
}
END_TEST

/* A tool in bin, as installed, with the sample's plugin beside its libraries or elsewhere. */
START_TEST(verifiers_that_are_installed_as_plugins_are_used)
{
    passes(
        "mkdir -p inst/bin inst/lib/secgear/verify.d mine; cp $(command -v secgear) inst/bin/\n"
        "chmod 755 inst/lib/secgear/verify.d mine; own=inst/lib/secgear/verify.d/example.so\n"
        "cc -shared -fPIC -I\"$SRC/include\" -o $own \"$SRC/samples/verify_plugin/example.c\"\n"
        "chmod 755 $own; { printf EXAMPLE1; head -c 32 /dev/zero | tr '\\0' M\n"
        "head -c 32 /dev/zero | tr '\\0' D; head -c 1 /dev/zero; } >ev\n"
        "m=$(printf 4d%.0s $(seq 32)) n=$(printf 44%.0s $(seq 32))\n"
        "echo '{\"schema\":2,\"tees\":{\"example\":{\"claims\":{\"measurement\":\"'$m'\"}}}}' >p\n"
        "fails 0 inst/bin/secgear verify ev --policy p --nonce $n\n"
        "has 'ev: ACCEPTED (example)' out; has \"measurement  *$m\" out\n"
        "fails 1 inst/bin/secgear verify ev --policy p --nonce ${n#44}45\n"
        "fails 0 inst/bin/secgear evidence show ev; has 'ev: example; nothing' out\n"
        "fails 1 inst/bin/secgear policy test p ev; has 'nonce' out\n"
        "mv $own mine; fails 2 inst/bin/secgear verify ev; has 'no verifier knows' err\n"
        "rmdir inst/lib/secgear/verify.d; fails 2 inst/bin/secgear verify ev\n"
        "has 'no verifier knows' err\n"
        "fails 0 secgear verify ev --policy p --nonce $n --plugins mine\n"
        "fails 0 secgear evidence show ev --plugins mine\n"
        "fails 1 secgear policy test p ev --plugins mine\n"
        "fails 2 secgear verify ev --plugins none; has 'plugin: none: No such' err\n"
        "for what in mine mine/example.so; do chmod o+w $what\n"
        "  for as in 'verify ev' 'evidence show ev' 'policy test p ev'; do\n"
        "    fails 2 secgear $as --plugins mine; has 'nobody else may write' err; done\n"
        "  chmod o-w $what; done; secgear verify ev --policy p --nonce $n --plugins mine >out\n"
        "echo x >mine/bad.so; fails 2 secgear verify ev --plugins mine; has 'bad.so' err\n");
}
END_TEST

/* Genuine evidence of each type, as it comes; parts that have no file of their name are brought. */
START_TEST(evidence_of_each_type_is_shown)
{
    if (getenv("SECGEAR_VECTORS") == NULL)
        TEST_SKIP("SECGEAR_VECTORS is not set: genuine evidence is not shown");
    passes(
        "V=$SECGEAR_VECTORS\n"
        "shows() { fails 0 secgear evidence show \"$2\"; has \": $1; nothing\" out; has \" $3 \" "
        "out; }\n"
        "shows sgx $V/sgx/phala-v3-00a067-procca/quote.bin mrenclave\n"
        "shows tdx $V/tdx/google-v5-90c06f/quote.bin mrtd\n"
        "shows tdx $V/tdx/phala-v4-b0c06f/quote.bin rtmr3\n"
        "shows snp $V/snp/oak-turin-v5/report.bin measurement\n"
        "shows cca $V/cca/token-01-raw-rak/token.cbor realm_initial_measurement\n"
        "shows psa $V/psa/tfm-psa-2.0.0/token.cbor sw_component.measurement\n"
        "shows nitro $V/nitro/evervault-2022-10-13/document.cbor pcr0\n"
        "shows csv $V/csv/csvrs-v1-full-chain/report.bin measure\n"
        "shows itrustee $V/itrustee/secgear-hardware-report/report.json ta_img\n"
        "mkdir v t a; cp $V/virtcca/gta-token-bound/token.cbor v/token.cbor\n"
        "cp $V/virtcca/gta-token-bound/*_cert.der v/dev_cert.der; shows virtcca v rim\n"
        "cp $V/tpm/gta-tpm-quote-eventlog/quote.msg t/quote.msg\n"
        "cp $V/tpm/gta-tpm-quote-eventlog/quote.sig t/signature.sig\n"
        "cp $V/tpm/gta-tpm-quote-eventlog/pcrs.json t/; shows tpm t firmware_version\n"
        "cp $V/az-vtpm/trustee-tdx/hcl_report.bin a; cp $V/az-vtpm/trustee-tdx/td_quote.bin a\n"
        "shows az-vtpm a mrtd\n");
}
END_TEST

START_TEST(what_differs_is_named_on_one_page)
{
    passes("printf 'int table[4] = {1, 2, 3, 4};\\nint take(int i) { return table[i & 3]; }\\n' "
           ">one.c\n"
           "sed 's/3, 4/3, 5/' one.c >two.c\n"
           "for f in one two; do cc -shared -fPIC -Wl,--build-id=none -o $f.e $f.c\n"
           "  secgear sign -k rsa.pem -i $f.e -c E.xml -o $f.so >note; done\n"
           "fails 1 secgear inspect --diff one.so two.so; cp out text\n"
           "has '^mrenclave$' text; has '^section .data, from byte [0-9]* on, in table+0xc$' text\n"
           "if grep -q '^section .text\\|^svn\\|^mrsigner' text; then cat text; exit 1; fi\n"
           "secgear inspect --diff one.so one.so >text; has '^no difference' text\n"
           "fails 1 secgear inspect --json --diff one.so two.so; has 'in table+0xc' out\n"
           "sed 's/<ISVSVN>2/<ISVSVN>3/' E.xml >F.xml; fails 1 secgear inspect --diff E.xml F.xml\n"
           "has '^svn$' out; has '^  - 2$' out; has '^  + 3$' out\n"
           "fails 2 secgear inspect --diff one.so E.xml; has 'with another' err\n"
           "fails 2 secgear inspect --diff one.so one.e; has 'one.e: .*not signed' err\n"
           /* the second of two sections of one name, and one with a name that is no text */
           "odd=$(printf '.\\377odd'); printf a >s.a; printf b >s.b; printf c >s.c\n"
           "for f in b c; do objcopy --add-section .twin1=s.$f --add-section .twin2=s.a \\\n"
           "  --add-section \"$odd=s.$f\" one.e $f.e; LC_ALL=C sed -i s/.twin2/.twin1/ $f.e\n"
           "  secgear sign -k rsa.pem -i $f.e -c E.xml -o $f.so >note; done\n"
           "fails 1 secgear inspect --diff b.so c.so; has '^section .twin1 (2)$' out\n"
           "has '^section .?odd, from' out; fails 1 secgear inspect --json --diff b.so c.so\n"
           "has 'section .?odd' out; has 'section .twin1 (2)' out\n"
           "objcopy $(seq -f '--add-section .s%g=s.a' 600) one.e many.e\n"
           "secgear sign -k rsa.pem -i many.e -c E.xml -o many.so >note\n"
           "fails 2 secgear inspect --diff many.so many.so; has 'many.so: more than 512' err\n"
           "head -c 3000 one.so >cut; fails 2 secgear inspect --diff one.so cut; has "
           "'^secgear.*cut: ' err\n"
           "fails 2 secgear inspect --diff one.so none; has 'none: No such' err\n"
           "fails 2 secgear inspect --diff one.so; has 'usage: ' err\n"
           "printf '\\000\\001' >odd; fails 2 secgear inspect --diff odd odd; has 'odd: ' err\n");
}
END_TEST

START_TEST(err_explains_numbers_and_names)
{
    passes("secgear err 0xffff0005 CC_ERROR_BAD_FORMAT >out\n"
           "[ $(grep -c '^0xffff0005 CC_ERROR_BAD_FORMAT: ' out) = 2 ]\n"
           "fails 2 secgear err CC_NOTHING; fails 2 secgear err 12345678901\n"
           "fails 2 secgear err\n");
}
END_TEST

START_TEST(sign_tool_behaves_as_the_reference_and_exits_1_on_an_illegal_command)
{
    passes("t() { sh \"$TOOL\" \"$@\"; }\n"
           "fails 0 t; has usage: out; fails 0 t -h\n"
           "fails 1 t -x sgx -o o; has 'Error: missing command' err\n"
           "fails 1 t -d sign -o o; has 'Error: missing enclave type' err\n"
           "fails 1 t -d sign -x sgx; has 'Error: missing out file' err\n"
           "fails 1 t -d sign -x tdx -o o; has 'illegal enclave type' err\n"
           "fails 1 t -d nonsense -x sgx -i e.so -o o; has 'Error: illegal command' err\n"
           "fails 1 t -d sign -x sgx -c -k rsa.pem -o o\n"
           "has 'Error: parameter for -c is missing or incorrect' err\n"
           "t -d SIGN -x SGX -i e.so -o s.so -k rsa.pem -c E.xml; secgear inspect s.so >text\n"
           "[ $(stat -c %a s.so) = 600 ]; t -d dump -x sgx -i s.so -o dump; diff text dump\n"
           "t -d digest -x sgx -i e.so -o data -c E.xml\n"
           "openssl dgst -sha256 -sign rsa.pem -keyform PEM -out sig data\n"
           "t -d sign -x sgx -i e.so -o two.so -s sig -p rsa.pub -c E.xml\n"
           "secgear inspect two.so >text; has 'PKCS#1' text\n");
}
END_TEST

START_TEST(sign_tool_signs_for_trustzone_in_one_step_and_two)
{
    passes("t() { sh \"$TOOL\" \"$@\"; }\n"
           "fails 1 t -d sign -x trustzone -i e.so -o d/x; has manifest err\n"
           "fails 1 t -d sign -x trustzone -i e.so -o d/x -c manifest.txt; has cloud err\n"
           "mkdir d; sec=d/f68fd704-6eb1-4d14-b218-722850eb3ef0.sec\n"
           "t -d sign -x TrustZone -i e.so -o d/x -c manifest.txt -m cloud.ini\n"
           "[ \"$(ls -A d)\" = \"${sec#d/}\" ]; secgear inspect $sec >/dev/null; rm $sec\n"
           "t -d digest -x trustzone -i e.so -o data -c manifest.txt -m cloud.ini\n"
           "openssl dgst -sha256 -sign ec.pem -out sig data\n"
           "t -d sign -x trustzone -i e.so -o d/x -c manifest.txt -m cloud.ini -s sig -p ec.pub\n"
           "secgear inspect $sec >/dev/null; rm $sec\n"
           "fails 1 t -d sign -x trustzone -i e.so -o d/x -c manifest.txt -m cloud.ini -s data"
           " -p ec.pub\n"
           "[ -z \"$(ls -A d)\" ]\n");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tools/secgear");
    TCase *tcase = tcase_of(suite, "secgear");

    tcase_add_unchecked_fixture(tcase, setup, NULL);
    tcase_add_test(tcase, sign_and_inspect_agree);
    tcase_add_test(tcase, libraries_stay_when_signed_again_and_need_a_name);
    tcase_add_test(tcase, keys_are_never_written_over_and_images_encrypted_once);
    tcase_add_test(tcase, signing_keys_are_made_private_and_never_written_over);
    tcase_add_test(tcase, help_names_each_option);
    tcase_add_test(tcase, two_step_signing_takes_openssl_signatures);
    tcase_add_test(tcase, failures_name_the_cause_and_leave_no_file);
    tcase_add_test(tcase, policy_is_written_and_checked);
    tcase_add_test(tcase, evidence_is_judged_and_the_exit_status_says_how);
    tcase_add_test(tcase, verifiers_that_are_installed_as_plugins_are_used);
    tcase_add_test(tcase, evidence_of_each_type_is_shown);
    tcase_add_test(tcase, what_differs_is_named_on_one_page);
    tcase_add_test(tcase, err_explains_numbers_and_names);
    tcase_add_test(tcase, sign_tool_behaves_as_the_reference_and_exits_1_on_an_illegal_command);
    tcase_add_test(tcase, sign_tool_signs_for_trustzone_in_one_step_and_two);
    return suite_main(suite);
}
