import Tensors

/// Why bytes could not be read as weights.
public enum WeightFileError: Error, Equatable, CustomStringConvertible {
  /// The file ends before `what` does.
  case truncated(WeightFileFormat, what: String)
  /// The bytes break a rule of the format.
  case damaged(WeightFileFormat, String)
  /// The file follows the format's rules, but uses a part of the format that is not supported.
  case unsupported(WeightFileFormat, String)
  /// A tensor's shape, type and bytes do not fit each other.
  case tensor(WeightFileFormat, name: String, TensorError)
  /// The weights were read, but belong to another network. Each difference is one line.
  case otherArchitecture(WeightFileFormat, differences: [String])
  /// The file has none of the formats in ``WeightFileFormat``.
  case unknownFormat
  /// The file is something else that is known.
  case otherFile(OtherFile)

  public var description: String {
    switch self {
    case .truncated(let format, let what):
      "the \(format.rawValue) file ends early, in \(what): it may not have been copied whole"
    case .damaged(let format, let detail):
      "the \(format.rawValue) file is damaged: \(detail)"
    case .unsupported(let format, let detail):
      "the \(format.rawValue) file cannot be read: \(detail)"
    case .tensor(let format, let name, let error):
      "the \(format.rawValue) file is damaged: tensor \(name): \(error)"
    case .otherArchitecture(let format, let differences):
      "the \(format.rawValue) file holds no AlexNet:\n  "
        + Self.lines(differences).joined(separator: "\n  ")
    case .unknownFormat:
      "it is no weight file of a known format; known are "
        + WeightFileFormat.allCases.map(\.rawValue).joined(separator: ", ")
    case .otherFile(let file):
      "it holds no weights: it is \(file.kind); \(file.advice)"
    }
  }

  /// The most differences that a message lists.
  private static let maxLines = 60

  private static func lines(_ differences: [String]) -> [String] {
    guard differences.count > maxLines else { return differences }
    return differences.prefix(maxLines) + ["and \(differences.count - maxLines) more"]
  }
}
