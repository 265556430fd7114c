public import Network
public import Preprocessing

/// What the user says about a weight file. It is for what the file itself does not say, or says
/// wrongly.
public struct ImportOptions: Sendable {
  /// The name of the architecture that the file holds.
  public var variant: String?
  public var labels: [ClassLabel]?
  public var preprocessing: Preprocessing?
  /// Metadata entries. They count only where the file has no such entry.
  public var metadata: [String: String]

  public init(
    variant: String? = nil, labels: [ClassLabel]? = nil, preprocessing: Preprocessing? = nil,
    metadata: [String: String] = [:]
  ) {
    self.variant = variant
    self.labels = labels
    self.preprocessing = preprocessing
    self.metadata = metadata
  }
}
