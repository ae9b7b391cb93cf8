# The host runtime: life cycle, calls, what enclaves may ask of their host. Holds no key.
LIBS                     += secgear_urts
secgear_urts.srcs        := api.c call.c engine_sim.c heap.c image_path.c instance.c log.c ocall_serve.c ra.c
secgear_urts.uses        := io wire base
