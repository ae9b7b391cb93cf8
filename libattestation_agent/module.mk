# The C interface of secGear's attestation agent, for what is judged on this machine.
LIBS                     += attestation_agent
attestation_agent.srcs   := agent.c
attestation_agent.uses   := io wire base
attestation_agent.needs  := secgear_urts secgear_verify
