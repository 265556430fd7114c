public import Network
public import Preprocessing

/// The user's description of a weight file, for properties that the file itself does not describe
/// or describes wrongly.
public struct ImportOptions: Sendable {
  /// The name of the architecture that the file holds.
  public var variant: String?
  public var labels: [ClassLabel]?
  /// The file that the labels come from, for messages; nil where it is not known.
  public var labelsFile: String?
  public var preprocessing: Preprocessing?
  /// Metadata entries. An entry is used only if the file does not have it.
  public var metadata: [String: String]

  public init(
    variant: String? = nil, labels: [ClassLabel]? = nil, labelsFile: String? = nil,
    preprocessing: Preprocessing? = nil, metadata: [String: String] = [:]
  ) {
    self.variant = variant
    self.labels = labels
    self.labelsFile = labelsFile
    self.preprocessing = preprocessing
    self.metadata = metadata
  }

  /// What messages call the list of labels; nil where there is none.
  var nameOfLabels: String? { labels.map { _ in labelsFile ?? "the list of labels" } }
}
