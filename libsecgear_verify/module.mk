# Judges evidence of TEEs: the verifiers of attestation/verify as a library of their own.
LIBS                  += secgear_verify
secgear_verify.srcs   := api.c base_value.c report.c
secgear_verify.uses   := files verify io wire crypto base
