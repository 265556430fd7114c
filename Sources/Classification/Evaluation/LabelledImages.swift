import System

/// Images whose right classes are known.
public struct LabelledImages: Sendable {
  enum Truth: Sendable {
    /// The folder of an image gives its class. The first `prefix` bytes of its path are the root's
    /// path, and `classes` has the index of the class for each folder in the root.
    case folders(prefix: Int, classes: [RawPath: Int])
    /// The class of each image, in the order of the records.
    case list([Int])
  }

  /// The images to classify.
  public let source: InputSource
  /// How many images were left out because their classes are not known.
  public let unlabelled: Int
  /// The names of classes that were left out because the model does not have them.
  public let skipped: [String]
  private let truth: Truth

  init(source: InputSource, unlabelled: Int, skipped: [String], truth: Truth) {
    self.source = source
    self.unlabelled = unlabelled
    self.skipped = skipped
    self.truth = truth
  }

  /// The index of the right class for the record at `position` in a run over ``source``.
  public func classIndex(of record: Record, at position: Int) -> Int? {
    switch truth {
    case .list(let classes): classes.indices.contains(position) ? classes[position] : nil
    case .folders(let prefix, let classes):
      classes[RawPath(record.path.bytes.dropFirst(prefix).prefix { $0 != UInt8(ascii: "/") })]
    }
  }
}
