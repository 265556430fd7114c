/// The operating system refused to start a thread.
public struct ThreadError: Error, Equatable {
  /// The error number that `pthread_create` returned, such as `EAGAIN`.
  public let errno: Int32
}
