/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * status.h - the result codes of every library here, host and enclave side, and small check macros.
 *
 * Values are those of secGear and never change. The text of each code stands in
 * common/base/status.def; `secgear err CODE` prints it.
 */
#ifndef FINAL_SECGEAR_STATUS_H
#define FINAL_SECGEAR_STATUS_H

#ifdef __cplusplus
extern "C" {
#endif

#ifndef NULL
#ifdef __cplusplus
#define NULL 0
#else
#define NULL ((void *)0)
#endif
#endif

/* Last enumerator of generated enums: makes them 32 bits wide. */
#define SECGEAR_ENUM_MAX 0xffffffff

typedef enum _enclave_result_t {
    CC_SUCCESS = 0x00000000u,
    CC_ERROR_INVALID_CMD = 0x00000001u,
    CC_ERROR_SERVICE_NOT_EXIST = 0x00000002u,
    CC_ERROR_ENCLAVE_LOST = 0x00000003u,
    CC_ERROR_ENCLAVE_MAXIMUM = 0x00000004u,
    CC_ERROR_REGISTER_EXIST_SERVICE = 0x00000005u,
    CC_ERROR_TARGET_DEAD_FATAL = 0x00000006u,
    CC_ERROR_READ_DATA = 0x00000007u,
    CC_ERROR_WRITE_DATA = 0x00000008u,
    CC_ERROR_TRUNCATE_OBJECT = 0x00000009u,
    CC_ERROR_SEEK_DATA = 0x0000000Au,
    CC_ERROR_SYNC_DATA = 0x0000000Bu,
    CC_ERROR_RENAME_OBJECT = 0x0000000Cu,
    CC_ERROR_INVALID_ENCLAVE = 0x0000000Du,
    CC_ERROR_INVALID_PATH = 0x0000000Eu,
    CC_ERROR_INVALID_TYPE = 0x0000000Fu,
    CC_ERROR_OUT_OF_TCS = 0x00000010u,
    CC_ERROR_ECALL_NOT_ALLOWED = 0x00000011u,
    CC_ERROR_OCALL_NOT_ALLOWED = 0x00000012u,
    CC_ERROR_INVALID_ENCLAVE_ID = 0x00000013u,
    CC_ERROR_NDEBUG_ENCLAVE = 0x00000014u,
    CC_ERROR_OUT_OF_EPC = 0x00000015u,
    CC_ERROR_NO_DEVICE = 0x00000016u,
    CC_ERROR_MEMORY_MAP_FAIL = 0x00000017u,
    CC_ERROR_INVALID_METADATA = 0x00000018u,
    CC_ERROR_INVALID_VERSION = 0x00000019u,
    CC_ERROR_INVALID_MISC = 0x0000001Au,
    CC_ERROR_INVALID_ATTRIBUTE = 0x0000001Bu,
    CC_ERROR_INVALID_CPUSVN = 0x0000001Cu,
    CC_ERROR_INVALID_ISVSVN = 0x0000001Du,
    CC_ERROR_INVALID_KEYNAME = 0x0000001Eu,
    CC_ERROR_AE_INVALID_EPIDBLOB = 0x0000001Fu,
    CC_ERROR_SERVICE_INVALID_PRIVILEGE = 0x00000020u,
    CC_ERROR_EPID_MEMBER_REVOKED = 0x00000021u,
    CC_ERROR_UPDATE_NEEDED = 0x00000022u,
    CC_ERROR_MC_NOT_FOUND = 0x00000023u,
    CC_ERROR_MC_NO_ACCESS_RIGHT = 0x00000024u,
    CC_ERROR_MC_USED_UP = 0x00000025u,
    CC_ERROR_MC_OVER_QUOTA = 0x00000026u,
    CC_ERROR_KDF_MISMATCH = 0x00000027u,
    CC_ERROR_UNRECOGNIZED_PLATFORM = 0x00000028u,
    CC_ERROR_UNSUPPORTED_CONFIG = 0x00000029u,
    CC_ERROR_PCL_ENCRYPTED = 0x0000002Au,
    CC_ERROR_PCL_NOT_ENCRYPTED = 0x0000002Bu,
    CC_ERROR_PCL_MAC_MISMATCH = 0x0000002Cu,
    CC_ERROR_PCL_SHA_MISMATCH = 0x0000002Du,
    CC_ERROR_PCL_GUID_MISMATCH = 0x0000002Eu,
    CC_ERROR_UNSUPPORTED_ATT_KEY_ID = 0x0000002Fu,
    CC_ERROR_ATT_KEY_CERTIFICATION_FAILURE = 0x00000030u,
    CC_ERROR_ATT_KEY_UNINITIALIZED = 0x00000031u,
    CC_ERROR_INVALID_ATT_KEY_CERT_DATA = 0x00000032u,
    CC_ERROR_PLATFORM_CERT_UNAVAILABLE = 0x00000033u,
    CC_ERROR_RA_PRE_ENV_INVALID_SCENARIO = 0x00000034u,
    CC_ERROR_RA_MEMORY = 0x00000035u,
    CC_ERROR_RA_PROVISION_NO_AS = 0x00000036u,
    CC_ERROR_RA_GET_REPORT = 0x00000037u,
    CC_ERROR_RA_REPORT_VERIFY_NONCE = 0x00000038u,
    CC_ERROR_RA_REPORT_VERIFY_SIGNATURE = 0x00000039u,
    CC_ERROR_RA_REPORT_VERIFY_HASH = 0x0000003Au,
    CC_ERROR_RA_REPORT_VERIFY_INVALID_TYPE = 0x0000003Bu,
    CC_ERROR_RA_AGENT_NOT_INIT = 0x0000003Cu,
    CC_ERROR_RA_VERIFY_AGENT_NOT_INIT = 0x0000003Du,
    CC_ERROR_LOCAL_REPORT_INVALID = 0x0000003Eu,
    CC_ERROR_LOCAL_REPORT_HASH_MISMATCH = 0x0000003Fu,
    CC_ERROR_SEC_CHL_INVALID_CONN = 0x00000040u,
    CC_ERROR_SEC_CHL_LEN_NOT_ENOUGH = 0x00000041u,
    CC_ERROR_SEC_CHL_ENCRYPTED_LEN_INVALID = 0x00000042u,
    CC_ERROR_SEC_CHL_DECRYPT_SESSIONID_INVALID = 0x00000043u,
    CC_ERROR_SEC_CHL_GEN_RANDOM = 0x00000044u,
    CC_ERROR_SEC_CHL_SEND_MSG = 0x00000045u,
    CC_ERROR_SEC_CHL_WAITING_RECV_MSG = 0x00000046u,
    CC_ERROR_SEC_CHL_RECV_MSG_LEN_INVALID = 0x00000047u,
    CC_ERROR_SEC_CHL_GET_SVR_PUBKEY = 0x00000048u,
    CC_ERROR_SEC_CHL_PARSE_SVR_PUBKEY = 0x00000049u,
    CC_ERROR_SEC_CHL_GET_PEER_EXCH_PARAM = 0x0000004Au,
    CC_ERROR_SEC_CHL_VERIFY_PEER_EXCH_BUF_SIGNATURE = 0x0000004Bu,
    CC_ERROR_SEC_CHL_INVALID_EXCH_BUF = 0x0000004Cu,
    CC_ERROR_SEC_CHL_GEN_LOCAL_EXCH_PARAM = 0x0000004Du,
    CC_ERROR_DRIVE_SESSIONKEY = 0x0000004Eu,
    CC_ERROR_SEC_CHL_MEMORY = 0x0000004Fu,
    CC_ERROR_SEC_CHL_SET_PARAM_TO_PEER = 0x00000050u,
    CC_ERROR_SEC_CHL_DESTROY_SVR = 0x00000051u,
    CC_ERROR_SEC_CHL_ENCRYPT = 0x00000052u,
    CC_ERROR_SEC_CHL_DECRYPT = 0x00000053u,
    CC_ERROR_SEC_CHL_SVR_ALREADY_INIT = 0x00000054u,
    CC_ERROR_SEC_CHL_SVR_INIT = 0x00000055u,
    CC_ERROR_SEC_CHL_NOTREADY = 0x00000056u,
    CC_ERROR_SEC_CHL_CLI_NUM_EXCEED_MAX_LIMIT = 0x00000057u,
    CC_ERROR_SEC_CHL_INIT_GET_TAID = 0x00000058u,
    CC_ERROR_SEC_CHL_GET_RA_REPORT = 0x00000059u,
    CC_ERROR_SEC_CHL_INIT_VERIFY_REPORT = 0x0000005Au,
    CC_ERROR_SEC_CHL_INVALID_REPORT = 0x0000005Bu,
    CC_ERROR_SEC_CHL_ENCLAVE_UNSEAL_ENC_KEY = 0x0000005Cu,
    CC_ERROR_SEC_CHL_INVALID_SESSION = 0x0000005Du,
    CC_ERROR_SEC_CHL_INIT_SESSEION = 0x0000005Eu,
    CC_ERROR_OTRP_BASE = 0x80000100u,
    CC_ERROR_STORAGE_EIO = 0x80001001u,
    CC_ERROR_STORAGE_EAGAIN = 0x80001002u,
    CC_ERROR_STORAGE_ENOTDIR = 0x80001003u,
    CC_ERROR_STORAGE_EISDIR = 0x80001004u,
    CC_ERROR_STORAGE_ENFILE = 0x80001005u,
    CC_ERROR_STORAGE_EMFILE = 0x80001006u,
    CC_ERROR_STORAGE_EROFS = 0x80001007u,
    CC_ERROR_STORAGE_INSE_NOTSUPPORT = 0x80001008u,
    CC_ERROR_STORAGE_INSE_ERROR = 0x80001009u,
    CC_ERROR_STORAGE_NOT_FOUND = 0x8000100Au,
    CC_ERROR_MSG_QUEUE_OVERFLOW = 0x8000100Bu,
    CC_ERROR_STORAGE_NO_KEY_ID = 0x8000100Cu,
    CC_ERROR_FILE_FLUSH_FAILED = 0x8000100Du,
    CC_ERROR_FILE_CLOSE_FAILED = 0x8000100Eu,
    CC_ERROR_CORRUPT_OBJECT = 0xF0100001u,
    CC_ERROR_STORAGE_NOT_AVAILABLE = 0xF0100003u,
    CC_ERROR_CIPHERTEXT_INVALID = 0xF0100006u,
    CC_ISOCKET_ERROR_PROTOCOL = 0xF1007001u,
    CC_ISOCKET_ERROR_REMOTE_CLOSED = 0xF1007002u,
    CC_ISOCKET_ERROR_TIMEOUT = 0xF1007003u,
    CC_ISOCKET_ERROR_OUT_OF_RESOURCES = 0xF1007004u,
    CC_ISOCKET_ERROR_LARGE_BUFFER = 0xF1007005u,
    CC_ISOCKET_WARNING_PROTOCOL = 0xF1007006u,
    CC_ERROR_GENERIC = 0xFFFF0000u,
    CC_ERROR_ACCESS_DENIED = 0xFFFF0001u,
    CC_ERROR_CANCEL = 0xFFFF0002u,
    CC_ERROR_ACCESS_CONFLICT = 0xFFFF0003u,
    CC_ERROR_EXCESS_DATA = 0xFFFF0004u,
    CC_ERROR_BAD_FORMAT = 0xFFFF0005u,
    CC_ERROR_BAD_PARAMETERS = 0xFFFF0006u,
    CC_ERROR_BAD_STATE = 0xFFFF0007u,
    CC_ERROR_ITEM_NOT_FOUND = 0xFFFF0008u,
    CC_ERROR_NOT_IMPLEMENTED = 0xFFFF0009u,
    CC_ERROR_NOT_SUPPORTED = 0xFFFF000Au,
    CC_ERROR_NO_DATA = 0xFFFF000Bu,
    CC_ERROR_OUT_OF_MEMORY = 0xFFFF000Cu,
    CC_ERROR_BUSY = 0xFFFF000Du,
    CC_ERROR_COMMUNICATION = 0xFFFF000Eu,
    CC_ERROR_SECURITY = 0xFFFF000Fu,
    CC_ERROR_SHORT_BUFFER = 0xFFFF0010u,
    CC_ERROR_EXTERNAL_CANCEL = 0xFFFF0011u,
    CC_PENDING = 0xFFFF2000u,
    CC_PENDING2 = 0xFFFF2001u,
    CC_PENDING3 = 0xFFFF2002u,
    CC_ERROR_TIMEOUT = 0xFFFF3001u,
    CC_ERROR_OVERFLOW = 0xFFFF300Fu,
    CC_ERROR_ENCLAVE_DEAD = 0xFFFF3024u,
    CC_ERROR_STORAGE_NO_SPACE = 0xFFFF3041u,
    CC_ERROR_MAC_INVALID = 0xFFFF3071u,
    CC_ERROR_SIGNATURE_INVALID = 0xFFFF3072u,
    CC_CLIENT_INTR = 0xFFFF4000u,
    CC_ERROR_TIME_NOT_SET = 0xFFFF5000u,
    CC_ERROR_TIME_NEEDS_RESET = 0xFFFF5001u,
    CC_FAIL = 0xFFFF5002u,
    CC_ERROR_TIMER = 0xFFFF6000u,
    CC_ERROR_TIMER_CREATE_FAILED = 0xFFFF6001u,
    CC_ERROR_TIMER_DESTORY_FAILED = 0xFFFF6002u,
    CC_ERROR_TIMER_NOT_FOUND = 0xFFFF6003u,
    CC_ERROR_RPMB_BASE = 0xFFFF7000u,
    CC_ERROR_TUI_BASE = 0xFFFF7110u,
    CC_ERROR_SEC_FLASH_NOT_AVAILABLE = 0xFFFF7111u,
    CC_ERROR_SESRV_NOT_AVAILABLE = 0xFFFF7112u,
    CC_ERROR_BIOSRV_NOT_AVAILABLE = 0xFFFF7113u,
    CC_ERROR_ROTSRV_NOT_AVAILABLE = 0xFFFF7114u,
    CC_ERROR_ARTSRV_NOT_AVAILABLE = 0xFFFF7115u,
    CC_ERROR_ANTIROOT_RSP_FAIL = 0xFFFF9110u,
    CC_ERROR_ANTIROOT_INVOKE_ERROR = 0xFFFF9111u,
    CC_ERROR_AUDIT_FAIL = 0xFFFF9112u,
    CC_ERROR_UNEXPECTED = 0xFFFF9113u,
    CC_ERROR_INVALID_HANDLE = 0xFFFF9114u,
    CC_ERROR_NO_FIND_REGFUNC = 0xFFFF9115u,
    CC_ERROR_NO_FIND_UNREGFUNC = 0xFFFF9116u,
    CC_ERROR_FEATURE_FUNC_NOT_EXIST = 0xFFFF9200u,
    CC_ERROR_SWITCHLESS_DISABLED = 0xFFFF9220u,
    CC_ERROR_SWITCHLESS_TASK_POOL_FULL = 0xFFFF9221u,
    CC_ERROR_SWITCHLESS_INVALID_ARG_NUM = 0xFFFF9222u,
    CC_ERROR_SWITCHLESS_INVALID_FUNCTION_ID = 0xFFFF9223u,
    CC_ERROR_SWITCHLESS_FUNCTION_NOT_EXIST = 0xFFFF9224u,
    CC_ERROR_SWITCHLESS_REINIT = 0xFFFF9225u,
    CC_ERROR_TSWITCHLESS_INIT_FAILED = 0xFFFF9226u,
    CC_ERROR_SHARED_MEMORY_REPEAT_REGISTER = 0xFFFF9227u,
    CC_ERROR_SHARED_MEMORY_START_ADDR_INVALID = 0xFFFF9228u,
    CC_ERROR_SHARED_MEMORY_NOT_REGISTERED = 0xFFFF9229u,
    CC_ERROR_ADDRESS_UNACCESSABLE = 0xFFFF922Au,
    CC_ERROR_SWITCHLESS_INVALID_TASK_ID = 0xFFFF922Bu,
    CC_ERROR_SWITCHLESS_ASYNC_TASK_UNFINISHED = 0xFFFF922Cu,
    CC_ERROR_SWITCHLESS_ROLLBACK2COMMON = 0xFFFF922Du,
    CC_MAXIMUM_ERROR = 0xFFFF922Eu,
} cc_enclave_result_t;

typedef struct _err2str {
    unsigned int errnum;
    const char *errstr;
} err2str;

/**
 * Names a result code in one English sentence.
 *
 * in      res  any value, also one that is no code
 *
 * returns a constant string, never NULL; for an unknown number
 *         "Unknown reason! Can not find this error number in system!"
 *
 * owner   the library; never freed
 * threads any
 * source  secGear status.h
 * sample  samples/helloworld/host/main.c
 */
const char *cc_enclave_res2_str(cc_enclave_result_t res);

/* Check macros of secGear's status.h: log (they need enclave_log.h) and jump to `done`. */
#define SECGEAR_CHECK_SIZE(SIZE)                                                                   \
    {                                                                                              \
        if ((SIZE) == 0) {                                                                         \
            print_error_goto("Size is zero\n");                                                    \
        }                                                                                          \
    }
#define SECGEAR_CHECK_CHAR(STR)                                                                    \
    {                                                                                              \
        if ((STR) == NULL) {                                                                       \
            print_error_goto("String is NULL\n");                                                  \
        }                                                                                          \
    }
#define SECGEAR_CHECK_RES(RES)                                                                     \
    {                                                                                              \
        if ((RES) != CC_SUCCESS) {                                                                 \
            print_error_goto("%s\n", cc_enclave_res2_str(RES));                                    \
        }                                                                                          \
    }
#define SECGEAR_CHECK_RES_NO_LOG(RES)                                                              \
    {                                                                                              \
        if ((RES) != CC_SUCCESS) {                                                                 \
            goto done;                                                                             \
        }                                                                                          \
    }
#define SECGEAR_CHECK_MUTEX_RES(RES)                                                               \
    {                                                                                              \
        if ((RES) != 0) {                                                                          \
            print_error_goto("Mutex acquisition or release error\n");                              \
        }                                                                                          \
    }
#define SECGEAR_CHECK_MUTEX_RES_CC(MUTEX, RES)                                                     \
    {                                                                                              \
        if ((MUTEX) != 0) {                                                                        \
            (RES) = CC_ERROR_BUSY;                                                                 \
            print_error_goto("Mutex acquisition or release error\n");                              \
        }                                                                                          \
    }

#ifdef __cplusplus
}
#endif

#endif
