// A processor hint for threads that wait in a loop; Swift 6.3 has no public function for it.

#ifndef CTHREADS_H
#define CTHREADS_H

// Tells the processor that the calling thread waits in a loop. This saves power and leaves more of
// a shared core to its other thread.
static inline void cpu_pause(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __builtin_arm_yield();
#endif
}

#endif
