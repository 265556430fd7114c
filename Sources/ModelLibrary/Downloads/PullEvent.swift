/// A step in fetching a model.
public enum PullEvent: Sendable, Equatable {
  /// Another process is fetching the same model.
  case waiting
  /// A connection to this address is being made.
  case connecting(address: String)
  /// How many bytes of the file have been received.
  case progress(received: Int, total: Int)
  /// This address failed; the next one is tried.
  case failed(FailedAddress)
  /// The file is complete and right, and is being converted.
  case converting
}
