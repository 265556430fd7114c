import System

/// Images whose classes are known.
public struct LabelledImages: Sendable {
  enum Truth: Sendable {
    /// The class of a record follows from the folder that it is in: `prefix` bytes of its path are
    /// the root's.
    case folders(prefix: Int, classes: [RawPath: Int])
    /// The class of each record, in their order.
    case list([Int])
  }

  /// What to classify.
  public let source: InputSource
  /// Files, by their names images, of which nothing says what they show; they are left out.
  public let unlabelled: Int
  /// The names that were left out since the model has no such class.
  public let skipped: [String]
  private let truth: Truth

  init(source: InputSource, unlabelled: Int, skipped: [String], truth: Truth) {
    self.source = source
    self.unlabelled = unlabelled
    self.skipped = skipped
    self.truth = truth
  }

  /// The class that the record at `position` of a run over ``source`` should have.
  public func classIndex(of record: Record, at position: Int) -> Int? {
    switch truth {
    case .list(let classes): classes.indices.contains(position) ? classes[position] : nil
    case .folders(let prefix, let classes):
      classes[RawPath(record.path.bytes.dropFirst(prefix).prefix { $0 != UInt8(ascii: "/") })]
    }
  }
}
