#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A thread of the operating system; unlike tasks, it may block.
@safe public final class WorkerThread {
  private let handle: pthread_t

  /// - Parameter stackSize: in bytes. Asked for, because the default of some C libraries is too
  ///   small for image decoders.
  /// - Throws: when the system has no more threads to give.
  public init(stackSize: Int = 1 << 20, _ body: @escaping @Sendable () -> Void) throws(ThreadError)
  {
    // SAFETY: the box is released by the thread, or below where there is none.
    let box = unsafe Unmanaged.passRetained(Box(body)).toOpaque()
    var attributes = pthread_attr_t()
    unsafe pthread_attr_init(&attributes)
    defer { _ = unsafe pthread_attr_destroy(&attributes) }
    unsafe pthread_attr_setstacksize(&attributes, stackSize)
    #if canImport(Darwin)
      var thread: pthread_t?
    #else
      var thread = pthread_t()
    #endif
    let code = unsafe pthread_create(&thread, &attributes, runThread, box)
    #if canImport(Darwin)
      let started = thread
    #else
      let started: pthread_t? = thread
    #endif
    guard code == 0, let started else {
      unsafe Unmanaged<Box>.fromOpaque(box).release()
      throw ThreadError(errno: code)
    }
    handle = started
  }

  /// Waits until the thread has ended. To be called once.
  public func join() {
    #if canImport(Darwin)
      // SAFETY: the thread was started joinable, and nobody else joins it.
      _ = unsafe pthread_join(handle, nil)
    #else
      _ = pthread_join(handle, nil)
    #endif
  }
}

private final class Box {
  let body: @Sendable () -> Void

  init(_ body: @escaping @Sendable () -> Void) {
    self.body = body
  }
}

#if canImport(Darwin)
  private func runThread(_ box: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
    // SAFETY: `WorkerThread.init` passed a retained box.
    unsafe Unmanaged<Box>.fromOpaque(box).takeRetainedValue().body()
    return nil
  }
#else
  private func runThread(_ box: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    // SAFETY: `WorkerThread.init` passed a retained box.
    if let box = unsafe box { unsafe Unmanaged<Box>.fromOpaque(box).takeRetainedValue().body() }
    return nil
  }
#endif
