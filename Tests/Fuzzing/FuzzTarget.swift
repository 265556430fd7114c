import Synchronization

/// A reader of untrusted bytes, and how to call it.
struct FuzzTarget: Sendable {
  /// The folder of its corpus has the same name.
  let name: String
  /// Reads the bytes in every way in which the program does. Errors are what the reader is expected
  /// to throw, and are ignored.
  let run: @Sendable ([UInt8]) -> Void

  static let all = images + archives + weights + lists + indexes + commands

  /// The target of this process. It is set once, before the first input.
  static var chosen: FuzzTarget? {
    get { chosenTarget.withLock { $0 } }
    set { chosenTarget.withLock { $0 = newValue } }
  }

  private static let chosenTarget = Mutex<FuzzTarget?>(nil)
}

/// Calls the body and ignores the error that it throws.
func ignoringErrors(_ body: () throws -> Void) {
  do { try body() } catch {}
}
