#include "sources/bpf/loader.h"

#include <errno.h>

#include "tasks.lskel.h"

int vigie_bpf_load_tasks(void) {
  errno = 0;
  struct vigie_tasks* const skeleton = vigie_tasks__open();
  if (skeleton == NULL) return -ENOMEM;
  int result = vigie_tasks__load(skeleton);
  if (result >= 0 && vigie_tasks__attach(skeleton) < 0) result = errno != 0 ? -errno : -EINVAL;
  if (result >= 0) {
    result = skeleton->links.vigie_tasks_fd;
    skeleton->links.vigie_tasks_fd = 0; /* the caller's now */
  }
  vigie_tasks__destroy(skeleton);
  return result;
}
