// Threads and dynamic libraries lived in libpthread and libdl before 2.34. The first versions of their functions are
// found in either: the program names all three libraries.
#include <pthread.h>
#include <signal.h>
#include <time.h>

#include <cerrno>

#include "glibc/older.hpp"

extern "C" {

int first_pthread_create(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);
VIGIE_FIRST_VERSION(first_pthread_create, pthread_create);
int first_pthread_detach(pthread_t);
VIGIE_FIRST_VERSION(first_pthread_detach, pthread_detach);
int first_pthread_join(pthread_t, void**);
VIGIE_FIRST_VERSION(first_pthread_join, pthread_join);
int first_pthread_once(pthread_once_t*, void (*)());
VIGIE_FIRST_VERSION(first_pthread_once, pthread_once);
int first_pthread_key_create(pthread_key_t*, void (*)(void*));
VIGIE_FIRST_VERSION(first_pthread_key_create, __pthread_key_create);
int first_pthread_attr_setstacksize(pthread_attr_t*, size_t);
VIGIE_FIRST_VERSION(first_pthread_attr_setstacksize, pthread_attr_setstacksize);
void* first_dlopen(const char*, int);
VIGIE_FIRST_VERSION(first_dlopen, dlopen);
void* first_dlsym(void*, const char*);
VIGIE_FIRST_VERSION(first_dlsym, dlsym);
char* first_dlerror();
VIGIE_FIRST_VERSION(first_dlerror, dlerror);
int first_dlclose(void*);
VIGIE_FIRST_VERSION(first_dlclose, dlclose);
double first_pow(double, double);
VIGIE_FIRST_VERSION(first_pow, pow);

}  // extern "C"

VIGIE_OWN int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*start)(void*),
                             void* argument) {
  return first_pthread_create(thread, attributes, start, argument);
}

VIGIE_OWN int pthread_detach(pthread_t thread) {
  return first_pthread_detach(thread);
}

VIGIE_OWN int pthread_join(pthread_t thread, void** result) {
  return first_pthread_join(thread, result);
}

VIGIE_OWN int pthread_once(pthread_once_t* control, void (*routine)()) {
  return first_pthread_once(control, routine);
}

VIGIE_OWN int __pthread_key_create(pthread_key_t* key, void (*destructor)(void*)) {
  return first_pthread_key_create(key, destructor);
}

VIGIE_OWN int pthread_attr_setstacksize(pthread_attr_t* attributes, size_t bytes) {
  return first_pthread_attr_setstacksize(attributes, bytes);
}

VIGIE_OWN void* dlopen(const char* file, int mode) {
  return first_dlopen(file, mode);
}

VIGIE_OWN void* dlsym(void* handle, const char* name) {
  return first_dlsym(handle, name);
}

VIGIE_OWN char* dlerror() {
  return first_dlerror();
}

VIGIE_OWN int dlclose(void* handle) {
  return first_dlclose(handle);
}

/// 2.29 left out the error handling of SVID, which nothing here asks for.
VIGIE_OWN double own_pow(double base, double exponent) __asm__("pow");  // the compiler knows pow, and how it is seen
double own_pow(double base, double exponent) {
  return first_pow(base, exponent);
}

/// sigprocmask(2) acts on the calling thread in Linux.
VIGIE_OWN int pthread_sigmask(int how, const sigset_t* set, sigset_t* old) {
  return ::sigprocmask(how, set, old) == 0 ? 0 : errno;
}

/// 2.30. Condition variables of before wait by the real-time clock: the time that is left is measured by the clock that
/// was asked for. A step of the real-time clock meanwhile ends the wait early or late, once; callers look again.
VIGIE_OWN int pthread_cond_clockwait(pthread_cond_t* condition, pthread_mutex_t* mutex, clockid_t clock,
                                     const timespec* until) {
  constexpr long second = 1'000'000'000;
  if (clock == CLOCK_REALTIME) return ::pthread_cond_timedwait(condition, mutex, until);
  timespec now{}, real{};
  ::clock_gettime(clock, &now);
  ::clock_gettime(CLOCK_REALTIME, &real);
  timespec deadline{real.tv_sec + until->tv_sec - now.tv_sec, real.tv_nsec + until->tv_nsec - now.tv_nsec};
  if (deadline.tv_nsec < 0) {
    deadline.tv_nsec += second;
    --deadline.tv_sec;
  } else if (deadline.tv_nsec >= second) {
    deadline.tv_nsec -= second;
    ++deadline.tv_sec;
  }
  return ::pthread_cond_timedwait(condition, mutex, &deadline);
}

/// 2.32: libstdc++ does without atomic operations where it is not 0. A program that may have threads is right with 0.
extern "C" {
extern __attribute__((visibility("hidden"))) char __libc_single_threaded;
char __libc_single_threaded = 0;
}
