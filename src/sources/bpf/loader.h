/* The only C in vigie: bpftool's light skeleton is C. */
#ifndef VIGIE_BPF_LOADER_H
#define VIGIE_BPF_LOADER_H

#ifdef __cplusplus
extern "C" {
#endif

/* Loads and attaches the task iterator: a link's descriptor, or -errno. */
int vigie_bpf_load_tasks(void);

#ifdef __cplusplus
}
#endif

#endif
