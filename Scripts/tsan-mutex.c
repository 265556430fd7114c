// Tells ThreadSanitizer about Swift's `Mutex` where threads wait for it: a library for LD_PRELOAD.
//
// `Mutex` takes a lock that is free with an atomic exchange in the program's own code, which the
// sanitizer sees. For one that is taken, it calls Swift's library, which is not compiled for the
// sanitizer, and asks the kernel (stdlib/public/Synchronization/Mutex/LinuxImpl.swift). Without
// this library, the sanitizer reports accesses that the lock protects as data races.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

// Parts of the sanitizer (compiler-rt, sanitizer/tsan_interface.h). Programs that are not compiled
// for it do not have them.
__attribute__((weak)) void __tsan_acquire(void *address);
__attribute__((weak)) void __tsan_release(void *address);

#define SWIFT __attribute__((swiftcall))
#define SELF __attribute__((swift_context)) void *

#define LOCK_SLOW "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define TRY_LOCK_SLOW "$s15Synchronization12_MutexHandleV12_tryLockSlowSbyF"
#define UNLOCK_SLOW "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

SWIFT void lock_slow(uint32_t thread, SELF handle) __asm__(LOCK_SLOW);
SWIFT bool try_lock_slow(SELF handle) __asm__(TRY_LOCK_SLOW);
SWIFT void unlock_slow(SELF handle) __asm__(UNLOCK_SLOW);

// The function of Swift's library.
static void *swift_function(const char *name) {
  void *function = dlsym(RTLD_NEXT, name);
  if (!function) {
    fprintf(stderr, "tsan-mutex: Swift's library has no %s\n", name);
    abort();
  }
  return function;
}

SWIFT void lock_slow(uint32_t thread, SELF handle) {
  SWIFT void (*real)(uint32_t, SELF) = swift_function(LOCK_SLOW);
  real(thread, handle);
  if (__tsan_acquire) __tsan_acquire(handle);
}

SWIFT bool try_lock_slow(SELF handle) {
  SWIFT bool (*real)(SELF) = swift_function(TRY_LOCK_SLOW);
  bool is_locked = real(handle);
  if (is_locked && __tsan_acquire) __tsan_acquire(handle);
  return is_locked;
}

SWIFT void unlock_slow(SELF handle) {
  SWIFT void (*real)(SELF) = swift_function(UNLOCK_SLOW);
  if (__tsan_release) __tsan_release(handle);
  real(handle);
}
