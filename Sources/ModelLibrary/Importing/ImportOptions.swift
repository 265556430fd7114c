public import Network
public import Preprocessing

/// What the user says about a weight file that the file itself does not, or not rightly.
public struct ImportOptions: Sendable {
  /// One of ``Network/Architecture``'s names.
  public var variant: String?
  public var labels: [ClassLabel]?
  public var preprocessing: Preprocessing?
  /// Metadata entries, for what the file says nothing about.
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
