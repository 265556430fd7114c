/// How fetching a model goes on.
public enum PullEvent: Sendable, Equatable {
  /// Another process is fetching the same model.
  case waiting
  /// A request to this address.
  case connecting(address: String)
  /// Bytes that are there, of how many.
  case progress(received: Int, total: Int)
  /// This address gave nothing; the next one is tried.
  case failed(FailedAddress)
  /// All bytes are there, and are the right ones.
  case converting
}
