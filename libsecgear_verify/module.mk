# Judges evidence of TEEs: the verifiers of attestation/verify as a library of their own.
LIBS                  += secgear_verify
secgear_verify.srcs   := api.c plugin.c
secgear_verify.uses   := verify wire crypto base
