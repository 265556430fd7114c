import Foundation
import Testing

extension Trait where Self == ConditionTrait {
  /// For tests that measure memory or time, of which a sanitizer takes much more.
  static var withoutSanitizer: Self {
    .disabled(
      if: ProcessInfo.processInfo.environment["ALEXNET_SANITIZER"] != nil,
      "a sanitizer takes time and memory of its own")
  }
}
