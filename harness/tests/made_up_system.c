/* Preloaded by test_machine.py: a system of CPUS processors, whose files are those below ROOT where it has
   them, and which refuses to pin if REFUSES is set. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static int pinned_to = -1;

static int processors(void) { return atoi(getenv("CPUS")); }

int sched_getaffinity(pid_t process, size_t bytes, cpu_set_t* set) {
  (void)process;
  if (bytes * 8 < (size_t)processors()) {
    errno = EINVAL;
    return -1;
  }
  CPU_ZERO_S(bytes, set);
  for (int cpu = 0; cpu < processors(); ++cpu)
    if (pinned_to < 0 || cpu == pinned_to) CPU_SET_S((size_t)cpu, bytes, set);
  return 0;
}

int sched_setaffinity(pid_t process, size_t bytes, const cpu_set_t* set) {
  (void)process;
  if (getenv("REFUSES")) {
    errno = EPERM;
    return -1;
  }
  pinned_to = -1;
  if (CPU_COUNT_S(bytes, set) > 1) return 0;
  for (int cpu = 0; cpu < processors(); ++cpu)
    if ((size_t)cpu < bytes * 8 && CPU_ISSET_S((size_t)cpu, bytes, set)) pinned_to = cpu;
  if (pinned_to >= 0) return 0;
  errno = EINVAL;
  return -1;
}

FILE* fopen64(const char* path, const char* mode) {
  FILE* (*const original)(const char*, const char*) =
      (FILE * (*)(const char*, const char*)) dlsym(RTLD_NEXT, "fopen64");
  char* below = NULL;
  const char* const root = getenv("ROOT");
  const int there =
      root && path[0] == '/' && asprintf(&below, "%s%s", root, path) > 0 && !access(below, R_OK);
  FILE* const file = original(there ? below : path, mode);
  free(below);
  return file;
}
