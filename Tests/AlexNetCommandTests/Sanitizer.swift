import Foundation
import Testing

extension Trait where Self == ConditionTrait {
  /// For tests that measure memory or time, of which a sanitizer takes much more, and for tests of
  /// signals that sanitizers handle themselves.
  static var withoutSanitizer: Self {
    .disabled(
      if: ProcessInfo.processInfo.environment["ALEXNET_SANITIZER"] != nil,
      "a sanitizer takes time and memory, and handles signals")
  }

  /// For tests that limit the size of files (`ulimit -f`): the thread sanitizer begins with writing
  /// a larger one.
  static var withoutThreadSanitizer: Self {
    .disabled(
      if: ProcessInfo.processInfo.environment["ALEXNET_SANITIZER"] == "thread",
      "the thread sanitizer cannot start where files must be small")
  }
}
