import Testing
import Threads

/// Runs a test twice: with memory as usual, and with memory that ends at a page that must not be
/// touched, where a kernel that reads or writes past the end of a buffer stops the process.
struct GuardedMemory: SuiteTrait, TestTrait, TestScoping {
  var isRecursive: Bool { true }

  func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    try await function()
    try await MemoryPlacement.$isGuarded.withValue(true) { try await function() }
  }
}

extension Trait where Self == GuardedMemory {
  static var alsoInGuardedMemory: Self { Self() }
}
