/// What one file takes of the memory that all files of a run share.
public struct FileMemory: Sendable {
  /// The bytes of a file that may be in memory without being counted before they are read: many
  /// threads may each have such a file.
  static let largestSmallFile = 32 << 20

  private let budget: MemoryBudget
  /// What is set aside for a large file before it is read; nil for a small one.
  private let largeFile: Int?

  /// Waits until the file may be read. Call ``end()`` when nothing of it is in memory any more.
  ///
  /// - Parameter size: in bytes; nil where it is not known, which may turn out to be large.
  public init(_ budget: MemoryBudget, size: Int?) {
    self.budget = budget
    if let size, size <= Self.largestSmallFile {
      largeFile = nil
    } else {
      largeFile = budget.beginLargeFile(size ?? 0)
    }
  }

  public func end() {
    if let largeFile { budget.endLargeFile(largeFile) }
  }

  /// Runs `body` while `bytes` are set aside for the file: its own and those for its picture.
  ///
  /// - Throws: a failure where that is more than all files may take, and what `body` throws.
  func holding<Result>(
    _ bytes: Int, _ body: () throws(ItemFailure) -> Result
  ) throws(ItemFailure) -> Result {
    try budget.holding(bytes, largeFile: largeFile, body)
  }
}
