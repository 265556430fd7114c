import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A thread of the operating system; unlike tasks, it may block.
///
/// A thread that is not joined continues until its work is done. The system then frees its
/// resources.
// SAFETY: the handle is written once, in `init`, and any thread may use it.
@safe public final class WorkerThread: @unchecked Sendable {
  private let handle: pthread_t
  private let isJoined = Atomic<Bool>(false)

  /// - Parameters:
  ///   - stackSize: in bytes. The default of some C libraries is too small for image decoders.
  ///   - body: what the thread runs. It is released when it has returned.
  /// - Throws: when the system refuses another thread.
  public init(stackSize: Int = 1 << 20, _ body: @escaping @Sendable () -> Void) throws(ThreadError)
  {
    // SAFETY: the started thread releases the box, or the code below where none was started.
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

  deinit {
    guard !isJoined.load(ordering: .acquiring) else { return }
    detach(handle)
  }

  /// Waits until the thread has ended. A second call is a mistake of the programmer.
  public func join() {
    precondition(
      !isJoined.exchange(true, ordering: .acquiringAndReleasing), "a thread is joined once")
    waitForEnd(of: handle)
  }
}

private final class Box: Sendable {
  let body: @Sendable () -> Void

  init(_ body: @escaping @Sendable () -> Void) {
    self.body = body
  }
}

// SAFETY of both: threads are started joinable, and `isJoined` lets each be joined or detached
// once.
#if canImport(Darwin)
  private func waitForEnd(of thread: pthread_t) { _ = unsafe pthread_join(thread, nil) }
  private func detach(_ thread: pthread_t) { _ = unsafe pthread_detach(thread) }
#else
  private func waitForEnd(of thread: pthread_t) { _ = pthread_join(thread, nil) }
  private func detach(_ thread: pthread_t) { _ = pthread_detach(thread) }
#endif

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
